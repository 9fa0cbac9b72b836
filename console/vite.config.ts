// Builds console/ into console/dist: hashed files, split by page. During development, `npx vite --config
// console/vite.config.ts` serves it and proxies the API to the gateway of GATEWAY_URL.

import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const gateway = process.env.GATEWAY_URL ?? 'http://127.0.0.1:3000'
const API_PATHS = [
  '/rest',
  '/graphql',
  '/metadata',
  '/admin',
  '/console',
  '/changes',
  '/open-api',
  '/.well-known',
]

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // The paths exist in the repository too: only the paths below them belong to the API.
  server: { proxy: Object.fromEntries(API_PATHS.map((path) => [`^${path}(/|\\?|$)`, { target: gateway }])) },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The page's CSP allows data: URLs only for images.
    assetsInlineLimit: 0,
    modulePreload: {
      // All of the browsers below have modulepreload.
      polyfill: false,
      // The names of files to preload are a third of the chunk of a list. Only long lists have a search, and
      // the dialogs of keys open later.
      resolveDependencies: (file, dependencies) => (/\/(listSearch|dialogs)-/.test(file) ? [] : dependencies),
    },
    target: 'es2022',
    // The first with light-dark(), which is otherwise rewritten into variables that are never set.
    cssTarget: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // The editors are large, and load with their page.
    chunkSizeWarningLimit: 3_000,
  },
  plugins: [react()],
})
