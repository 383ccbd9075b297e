# The service as an image. Nothing is compiled: Node runs the sources.
# Pin the base by digest when building a release:
#   --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:<digest>
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Install scripts of packages are not run: none of the production ones needs its own.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && find node_modules -type f \( -name '*.map' -o -name '*.md' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
 && rm -rf node_modules/fastify/test node_modules/fastify/docs

FROM ${NODE_IMAGE} AS sources
# A running service installs nothing.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
           /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn*
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src

# One answer to one question leaves every module compiled, for the user that will run it (ADR 0100).
FROM sources AS compiled
RUN mkdir compiled && chown 1000:1000 compiled
USER 1000:1000
RUN NODE_COMPILE_CACHE=/app/compiled DATA_DIR=/tmp/data LOG_LEVEL=error node src/cli/demo.ts --once \
 && chmod -R a=rX compiled

FROM sources
ARG VERSION=dev
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="bayesian-var" \
      org.opencontainers.image.description="Real-time Bayesian value at risk for crypto books" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"
RUN mkdir -p /data && chown 1000:1000 /data
COPY --from=compiled --chown=0:0 /app/compiled ./compiled
# What threads free goes back to the system, instead of staying in arenas of each (ADR 0100).
ENV MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072
ENV NODE_ENV=production \
    VERSION=${VERSION} \
    COMMIT=${COMMIT} \
    DATA_DIR=/data \
    NODE_COMPILE_CACHE=/app/compiled
# The one place that is written, besides /tmp; the root may be read-only.
VOLUME ["/data"]
USER 1000:1000
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "const{env}=process,tls=env.TLS_CERT_FILE;require(tls?'https':'http').get({port:env.PORT||8080,path:'/health/live',rejectUnauthorized:false},r=>process.exit(r.statusCode===200?0:1)).on('error',()=>process.exit(1))"]
# Node is process 1 and handles SIGTERM itself.
CMD ["node", "src/main.ts"]
