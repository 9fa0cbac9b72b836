# The console is built in a stage of its own, and the dependencies are installed in another: tools, npm and its cache stay out of
# the image.
FROM node:24-slim AS console
WORKDIR /app
COPY package.json package-lock.json ./
COPY stubs ./stubs
RUN npm ci --no-audit --no-fund
# Its settings are the base of the console's.
COPY tsconfig.json ./
COPY gateway/console ./gateway/console
COPY console ./console
RUN npm run build

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY stubs ./stubs
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY stubs ./stubs
COPY bin ./bin
COPY gateway ./gateway
COPY sql ./sql
COPY tenants ./tenants
COPY --from=console /app/console/dist ./console/dist
# What must survive the container: the generated secret and, without DATABASE_URL, the embedded Postgres.
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node_modules/.bin/node", "--eval", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node_modules/.bin/node", "gateway/main.ts"]
