import test from 'ava'
import { type Block, blocksOf, isBlockList, markdownOf } from '../../tenants/model/value/markdown.ts'

const ROUND_TRIPS: readonly string[] = [
  '# One\n\n###### Six',
  'plain\ntwo lines\n\nnext',
  '- a\n- b\n   - nested\n   - again\n- c',
  '1. one\n2. two\n\n- [ ] open\n- [x] done',
  '> quoted **bold** text',
  '```ts\nconst a = `b`\n\n# no heading\n```',
  '**bold** *italic* ~~gone~~ `code` [label](https://x.test/a?b=c)',
  'snake_case_name stays, 2 * 3 * 4 = 24',
]
for (const markdown of ROUND_TRIPS) {
  test(`Markdown comes back from the editor document: ${JSON.stringify(markdown)}`, (t) => {
    t.is(markdownOf(blocksOf(markdown)), markdown)
  })
}

test('blocks of unknown kinds keep their text, and invalid blocks are refused', (t) => {
  const unknown: readonly Block[] = [
    { type: 'callout', content: [{ type: 'text', text: 'kept', styles: {} }] },
    { type: 'image' },
  ]
  t.is(markdownOf(unknown), 'kept\n\n')
  t.false(isBlockList({ type: 'paragraph' }))
  t.false(isBlockList([1]))
})

for (const piece of ['[', '**', '*a', '_a ', '`', '# ', '> ', '- ', '[a](', '~~', '   ', '```\n']) {
  test(`a text of nothing but ${JSON.stringify(piece)} is read in reasonable time`, (t) => {
    const startedMs = performance.now()
    markdownOf(blocksOf(piece.repeat(100_000 / piece.length)))
    t.true(performance.now() - startedMs < 20_000)
  })
}
