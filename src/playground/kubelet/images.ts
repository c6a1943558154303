/**
 * The container images that the lab can run: each is a small server of ours in `images/`.
 *
 * An image that is not in this list cannot be pulled, exactly as a user sees it for a name that no registry has.
 * @module
 */
import type { Command } from '../network/process.js';
import type { ProgramName } from '../network/program.js';

export interface PodImage {
  /** Without a tag. */
  readonly repository: string;
  /** Only this tag; `undefined`: every tag, and none. */
  readonly tag?: string;
  readonly command: Command;
}

const SOURCES: readonly { readonly repository: string; readonly tag?: string; readonly source: ProgramName }[] = [
  { repository: 'sigirace/http-go', tag: 'v1', source: 'images/http-go.ts' },
  { repository: 'ghcr.io/subicura/counter', source: 'images/counter.ts' },
  { repository: 'redis', source: 'images/redis.ts' },
  { repository: 'cairn.dev/lab/echo', source: 'images/echo.ts' },
  { repository: 'cairn.dev/lab/whoami', source: 'images/whoami.ts' },
  // What people type from habit; any web server on port 80 will do.
  { repository: 'nginx', source: 'images/whoami.ts' },
  { repository: 'httpd', source: 'images/whoami.ts' },
];

/** Every image, ready to run. Bundles them: not for use inside the kubelet itself. */
export async function podImages(): Promise<readonly PodImage[]> {
  const { program } = await import('../network/program.js');
  return Promise.all(
    SOURCES.map(async ({ repository, tag, source }) => ({
      repository,
      ...(tag === undefined ? {} : { tag }),
      command: await program(source),
    })),
  );
}

/** `redis`, `redis:7` and `docker.io/library/redis` are one repository. */
export function findImage(images: readonly PodImage[], reference: string): PodImage | undefined {
  const name = reference.replace(/^docker\.io\/(?:library\/)?/, '');
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const repository = colon < 0 ? name : name.slice(0, colon);
  const tag = colon < 0 ? undefined : name.slice(colon + 1);
  return images.find((image) => image.repository === repository && (image.tag === undefined || image.tag === tag));
}
