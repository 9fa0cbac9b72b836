// Markdown ⇄ BlockNote, for what notes use: headings, lists, check lists, quotes, code, and bold, italic,
// struck, code and links inside a line. Other kinds of blocks keep their text.

import { type Inline, inlinesOf, inlineText } from './inline.ts'

export interface Block {
  readonly type: string
  readonly props?: Readonly<Record<string, unknown>>
  readonly content?: readonly Inline[] | string
  readonly children?: readonly Block[]
}

const HEADING = /^(#{1,6})\s(.*)$/
const CHECK = /^(\s*)[-*+]\s+\[([ xX])\]\s+(.*)$/
const BULLET = /^(\s*)[-*+]\s+(.*)$/
const NUMBERED = /^(\s*)\d{1,9}[.)]\s+(.*)$/
const QUOTE = /^>\s?(.*)$/
const FENCE = /^\s*(```+|~~~+)\s*(\w*)/

interface Line {
  readonly indent: number
  readonly block: Omit<Block, 'children'>
}

const listItem = (text: string): Line | null => {
  const check = CHECK.exec(text)
  if (check !== null)
    return {
      indent: check[1]?.length ?? 0,
      block: {
        type: 'checkListItem',
        props: { checked: check[2] !== ' ' },
        content: inlinesOf(check[3] ?? ''),
      },
    }
  for (const [type, pattern] of [
    ['bulletListItem', BULLET],
    ['numberedListItem', NUMBERED],
  ] as const) {
    const match = pattern.exec(text)
    if (match !== null)
      return { indent: match[1]?.length ?? 0, block: { type, content: inlinesOf(match[2] ?? '') } }
  }
  return null
}

const single = (text: string): Omit<Block, 'children'> | null => {
  const heading = HEADING.exec(text)
  if (heading !== null)
    return {
      type: 'heading',
      props: { level: heading[1]?.length ?? 1 },
      content: inlinesOf((heading[2] ?? '').trim().replace(/\s#+$/, '')),
    }
  const quote = QUOTE.exec(text)
  return quote === null ? null : { type: 'quote', content: inlinesOf(quote[1] ?? '') }
}

/** Blocks in the order of the text; a deeper indented item is a child of the one above it. */
export const blocksOf = (markdown: string): readonly Block[] => {
  const roots: Block[] = []
  let open: { indent: number; children: Block[] }[] = []
  let paragraph: string[] = []
  const endParagraph = (): void => {
    if (paragraph.length > 0)
      roots.push({ type: 'paragraph', content: inlinesOf(paragraph.join('\n')), children: [] })
    paragraph = []
  }
  const lines = markdown.replaceAll('\r\n', '\n').split('\n')
  for (let at = 0; at < lines.length; at += 1) {
    const text = lines[at] ?? ''
    const fence = FENCE.exec(text)
    const item = fence === null ? listItem(text) : null
    if (item !== null) {
      endParagraph()
      open = open.filter(({ indent }) => indent < item.indent)
      const children: Block[] = []
      ;(open.at(-1)?.children ?? roots).push({ ...item.block, children })
      open.push({ indent: item.indent, children })
      continue
    }
    if (text.trim() !== '') open = []
    const block = fence === null ? single(text) : null
    if (fence !== null) {
      endParagraph()
      const mark = fence[1] ?? '```'
      const end = lines.findIndex((line, index) => index > at && line.trim().startsWith(mark))
      const code = lines.slice(at + 1, end < 0 ? lines.length : end).join('\n')
      roots.push({
        type: 'codeBlock',
        props: { language: fence[2] ?? '' },
        content: [{ type: 'text', text: code, styles: {} }],
        children: [],
      })
      at = end < 0 ? lines.length : end
    } else if (block !== null) {
      endParagraph()
      roots.push({ ...block, children: [] })
    } else if (text.trim() === '') endParagraph()
    else paragraph.push(text)
  }
  endParagraph()
  return roots
}

export const isBlockList = (value: unknown): value is readonly Block[] =>
  Array.isArray(value) &&
  value.every((item: unknown) => typeof item === 'object' && item !== null && 'type' in item)

const LIST_ITEMS = new Set(['bulletListItem', 'numberedListItem', 'checkListItem'])

const lineOf = (block: Block, number: number): string => {
  const { props = {} } = block
  const text = inlineText(block.content)
  switch (block.type) {
    case 'heading':
      return `${'#'.repeat(Math.min(Math.max(Number(props.level) || 1, 1), 6))} ${text}`
    case 'bulletListItem':
      return `- ${text}`
    case 'numberedListItem':
      return `${number}. ${text}`
    case 'checkListItem':
      return `- [${props.checked === true ? 'x' : ' '}] ${text}`
    case 'quote':
      return `> ${text}`
    case 'codeBlock':
      return `\`\`\`${typeof props.language === 'string' ? props.language : ''}\n${inlineText(block.content, true)}\n\`\`\``
    default:
      return text
  }
}

/** Deeper than any note; bounds the recursion over untrusted documents. */
const MAX_DEPTH = 20

export const markdownOf = (blocks: readonly Block[], indent = '', depth = 0): string => {
  let text = ''
  let number = 0
  let last = ''
  for (const block of blocks) {
    const isItem = LIST_ITEMS.has(block.type)
    number = block.type === 'numberedListItem' ? number + 1 : 0
    if (text !== '') text += isItem && block.type === last ? '\n' : '\n\n'
    last = block.type
    const line = lineOf(block, number)
    text += `${indent}${line}`
    const children = isBlockList(block.children) && depth < MAX_DEPTH ? block.children : []
    if (children.length > 0) text += `\n${markdownOf(children, isItem ? `${indent}   ` : indent, depth + 1)}`
  }
  return text
}
