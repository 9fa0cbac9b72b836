// The sections of the documentation, by what a reader wants (https://diataxis.fr): pages by their paths
// without an ending. The site's sidebar and llms.txt follow this list; a test holds it complete.

interface Section {
  readonly text: string
  readonly items: readonly string[]
}

export const SECTIONS: readonly Section[] = [
  { text: 'Tutorials', items: ['index', 'quick-start', 'tutorial-tables', 'tutorial-saas'] },
  {
    text: 'How to',
    items: [
      'how-to/staging-to-production',
      'how-to/rotate-keys',
      'how-to/give-a-partner-one-object',
      'how-to/bind-keys-to-networks',
      'how-to/receive-webhooks',
      'how-to/follow-changes-in-a-browser',
      'how-to/generate-clients',
      'how-to/back-up',
      'how-to/upgrade',
      'how-to/several-gateways',
      'how-to/fail-over',
      'how-to/connection-pooler',
      'how-to/kubernetes',
      'how-to/reverse-proxy',
      'how-to/beyond-one-postgres',
      'how-to/tune-a-slow-query',
      'large-tables',
      'how-to/change-a-large-table',
    ],
  },
  {
    text: 'Guides',
    items: [
      'rest',
      'rest-writes',
      'graphql',
      'data-model',
      'access',
      'webhooks',
      'changes',
      'history',
      'console',
      'operating',
      'audit',
    ],
  },
  {
    text: 'Reference',
    items: [
      'rest-reference',
      'metadata-reference',
      'command-line',
      'operator-api',
      'diagnose-requests',
      'configuration',
      'errors',
      'limits',
      'metrics',
      'traces',
      'postgres-comments',
      'differences-from-twenty',
      'stability',
    ],
  },
  {
    text: 'Explanation',
    items: ['concepts', 'architecture', 'security', 'comparison', 'benchmarks', 'glossary'],
  },
  { text: 'Project', items: ['changelog', 'contributing', 'security-policy', 'conduct'] },
]

/** Its first heading. */
export const titleOf = (markdown: string, page: string): string =>
  page === 'index' ? 'Overview' : (/^# (.+)$/m.exec(markdown)?.[1] ?? page)
