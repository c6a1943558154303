# Both daemons: `cairn controller` and `cairn speaker`. deploy/ says as whom they run.
FROM node:24-slim AS build
WORKDIR /cairn
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json ./
COPY scripts/build.ts scripts/
COPY src src
RUN npm run build

FROM node:24-slim
LABEL org.opencontainers.image.title="cairn" \
      org.opencontainers.image.licenses="Apache-2.0"
# What `forwarding.mode: nftables` calls.
RUN apt-get update && apt-get install -y --no-install-recommends nftables conntrack && rm -rf /var/lib/apt/lists/*
WORKDIR /cairn
COPY LICENSE package.json ./
# All that the bundle does not hold: koffi, with the compiled library of this platform.
COPY --from=build /cairn/node_modules/koffi node_modules/koffi
COPY --from=build /cairn/node_modules/@koromix node_modules/@koromix
COPY --from=build /cairn/dist dist
ENV NODE_ENV=production
# Nobody in particular; the speaker's manifest asks for root, without its powers.
USER 65532:65532
ENTRYPOINT ["node", "/cairn/dist/cairn.js"]
CMD ["--help"]
