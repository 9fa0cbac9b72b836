// Smart tags in SQL comments: leading lines that start with an @. The remaining text is the description.
//
//   comment on column invoice.ttl is E'@label Total\n@name grandTotal\nGross amount in euro'
//
// @name of a table may give both names: `@name invoice invoices`. @hidden removes the thing from the record
// APIs.

interface SmartComment {
  readonly names: readonly string[]
  readonly label: string | null
  readonly isHidden: boolean
  /** The remaining text, or null. */
  readonly text: string | null
}

const TAG = /^@(name|label|hidden)(?:\s+(.*))?$/

/** Whether a text, as a comment, would contain a tag. */
export const hasSmartTag = (text: string): boolean => TAG.test(text.split('\n')[0]?.trim() ?? '')

const NAME = /^[a-z][A-Za-z0-9]{0,62}$/

export const parseComment = (comment: string | null): SmartComment => {
  const lines = (comment ?? '').split('\n')
  let names: readonly string[] = []
  let label: string | null = null
  let isHidden = false
  let taken = 0
  for (const line of lines) {
    const [, tag, value = ''] = TAG.exec(line.trim()) ?? []
    if (tag === undefined) break
    taken += 1
    if (tag === 'hidden') isHidden = true
    // A name that the APIs cannot spell is ignored: the derived one applies.
    else if (tag === 'name') names = value.split(/\s+/).filter((name) => NAME.test(name))
    else if (value.trim() !== '') label = value.trim()
  }
  const text = lines.slice(taken).join('\n').trim()
  return { names, label, isHidden, text: text === '' ? null : text }
}

/** A comment with the names at its top, replacing the previous ones. */
export const withName = (comment: string | null, names: readonly string[]): string => {
  const lines = (comment ?? '').split('\n')
  const tags = lines.findIndex((line) => !TAG.test(line.trim()))
  const tagged = tags === -1 ? lines.length : tags
  const others = lines.filter((line, index) => index >= tagged || !/^@name\b/.test(line.trim()))
  return [`@name ${names.join(' ')}`, ...others].join('\n').trimEnd()
}
