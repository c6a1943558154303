/**
 * Image `sigirace/http-go:v1`: greets on port 8080 with the name of the pod that answers, whatever the path.
 * @module
 */
import http from 'node:http';
import os from 'node:os';

const pod = process.env['HOSTNAME'] ?? os.hostname();
http.createServer((_request, response) => response.end(`Welcome! ${pod}\n`)).listen(8080);
