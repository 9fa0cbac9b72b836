// How the console is built. In: console/; out: console/dist, whose files bear hashes and are split by page.
// While hacking, `npx vite --config console/vite.config.ts` serves it and passes the API on to the gateway of
// GATEWAY_URL.

import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const gateway = process.env.GATEWAY_URL ?? 'http://127.0.0.1:3000'
const API_PATHS = ['/rest', '/graphql', '/metadata', '/admin', '/console', '/open-api', '/.well-known']

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // A path of the repository and of the API at once: only what is below it belongs to the API.
  server: { proxy: Object.fromEntries(API_PATHS.map((path) => [`^${path}(/|\\?|$)`, { target: gateway }])) },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The policy of the page allows no data: URLs but for images.
    assetsInlineLimit: 0,
    target: 'es2022',
    // The first that know light-dark(), which otherwise is rewritten into variables that nobody sets.
    cssTarget: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // Editors are large; they are loaded when their page is opened.
    chunkSizeWarningLimit: 3_000,
  },
  plugins: [react()],
})
