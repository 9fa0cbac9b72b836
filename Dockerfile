# Two images, and both run in the Node of their base:
#
#   docker build --target gateway .      needs a Postgres: DATABASE_URL
#   docker build --target standalone .   brings Postgres 18, which keeps its data in /data; built where no target is named
#
# Console and documentation are built in stages of their own, and the dependencies are installed in others: tools, npm and its cache stay out of the images.
FROM node:24.21.0-slim AS console
WORKDIR /app
COPY package.json package-lock.json ./
COPY stubs ./stubs
RUN npm ci --no-audit --no-fund
# Its settings are the base of the console's.
COPY tsconfig.json ./
COPY gateway/console ./gateway/console
COPY console ./console
RUN npm run build

FROM node:24.21.0-slim AS site
WORKDIR /app
COPY site ./site
RUN npm ci --prefix site --no-audit --no-fund
COPY README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md CODE_OF_CONDUCT.md package.json ./
COPY docs ./docs
COPY gateway/console ./gateway/console
RUN npm run docs:site

# Install scripts would download a second Node, and prepare the Postgres that is left out.
FROM node:24.21.0-slim AS gateway-dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY stubs ./stubs
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24.21.0-slim AS standalone-dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY stubs ./stubs
RUN npm ci --omit=dev --no-audit --no-fund && rm -r node_modules/node

FROM node:24.21.0-slim AS base
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
COPY package.json ./
COPY stubs ./stubs
COPY bin ./bin
COPY gateway ./gateway
COPY sql ./sql
COPY tenants ./tenants
COPY --from=console /app/console/dist ./console/dist
COPY --from=site /app/site/dist ./site/dist
# What must survive the container: the generated secret and, without DATABASE_URL, the embedded Postgres.
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["node", "bin/tenantry.js", "healthcheck"]
CMD ["node", "--max-semi-space-size=16", "bin/tenantry.js", "start"]

# With --link the layer of the dependencies stays the same when the sources change.
FROM base AS gateway
COPY --link --from=gateway-dependencies /app/node_modules ./node_modules

FROM base AS standalone
COPY --link --from=standalone-dependencies /app/node_modules ./node_modules
