// Inline rich text: Markdown ⇄ BlockNote's inline content. Unclosed marks are text.

interface StyledText {
  readonly type: 'text'
  readonly text: string
  readonly styles: Readonly<Record<string, unknown>>
}
export interface Link {
  readonly type: 'link'
  readonly href: string
  readonly content: readonly StyledText[]
}
export type Inline = StyledText | Link

const MARKS = [
  { style: 'code', mark: '`' },
  { style: 'bold', mark: '**' },
  { style: 'strike', mark: '~~' },
  { style: 'italic', mark: '*' },
] as const

/**
 * Code, bold, struck, italic by `*` or `_` (not inside a word), links. Lengths are bounded, so that the
 * search for a closing mark ends soon.
 */
const INLINE =
  /`(?<code>[^`\n]{1,1000})`|\*\*(?<bold>[^*\n]{1,1000}(?:\*[^*\n]{1,1000}\*[^*\n]{0,1000}){0,10})\*\*|~~(?<strike>[^~\n]{1,1000})~~|\*(?<italic>[^*\s][^*\n]{0,1000})\*|(?<![\p{L}\p{N}_])_(?<under>[^_\s][^_\n]{0,1000})_(?![\p{L}\p{N}_])|\[(?<label>[^\]\n]{1,500})\]\((?<href>[^()\s]{1,2000})\)/gu

const MAX_NESTING = 4

const styled = (text: string, styles: StyledText['styles'], depth: number): Inline[] => {
  const found: Inline[] = []
  let end = 0
  const plain = (to: number): void => {
    if (to > end) found.push({ type: 'text', text: text.slice(end, to), styles })
  }
  for (const match of depth > MAX_NESTING ? [] : text.matchAll(INLINE)) {
    plain(match.index)
    end = match.index + match[0].length
    const { code, bold, strike, italic, under, label, href } = match.groups ?? {}
    if (code !== undefined) found.push({ type: 'text', text: code, styles: { ...styles, code: true } })
    else if (label !== undefined && href !== undefined)
      found.push({
        type: 'link',
        href,
        content: styled(label, styles, depth + 1).flatMap((item) =>
          item.type === 'text' ? [item] : item.content,
        ),
      })
    else {
      const style = bold !== undefined ? 'bold' : strike !== undefined ? 'strike' : 'italic'
      found.push(...styled(bold ?? strike ?? italic ?? under ?? '', { ...styles, [style]: true }, depth + 1))
    }
  }
  plain(text.length)
  return found
}

export const inlinesOf = (text: string): readonly Inline[] => styled(text, {}, 0)

const marked = (text: string, styles: unknown): string => {
  if (typeof styles !== 'object' || styles === null) return text
  const on = new Map(Object.entries(styles))
  return MARKS.reduce(
    (inner, { style, mark }) => (on.get(style) === true ? mark + inner + mark : inner),
    text,
  )
}

/** @param isPlain without marks, as in a block of code */
export const inlineText = (content: unknown, isPlain = false): string => {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((item: unknown) => {
      if (typeof item !== 'object' || item === null) return ''
      const { text, styles, href, content: inner } = item as Readonly<Record<string, unknown>>
      if (typeof href === 'string') return `[${inlineText(inner, isPlain)}](${href})`
      if (typeof text === 'string') return isPlain ? text : marked(text, styles)
      return inlineText(inner, isPlain)
    })
    .join('')
}
