// `npm run docs:site` (docs/buildSite.ts) writes the pages that this reads. Nothing is loaded from elsewhere.

import { pages } from '../pages/pages.js'

export default {
  title: 'Tenantry',
  description: 'A multi-tenant API gateway in front of Postgres',
  base: '/docs/',
  srcDir: 'pages',
  outDir: 'dist.next',
  cacheDir: 'node_modules/.vitepress',
  cleanUrls: true,
  lastUpdated: false,
  markdown: {
    // Vue evaluates braces otherwise.
    config: (md) => {
      const render = md.renderer.rules.code_inline
      md.renderer.rules.code_inline = (...given) => render(...given).replace('<code', '<code v-pre')
    },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' } },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Quick start', link: '/quick-start' },
      { text: 'REST', link: '/rest' },
      { text: 'GraphQL', link: '/graphql' },
      { text: 'Changelog', link: '/changelog' },
    ],
    sidebar: pages,
  },
}
