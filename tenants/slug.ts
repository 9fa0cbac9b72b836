// Readable ASCII stems from names people type, for schemas, Postgres roles and subdomains: lower-case
// letters, digits and one kind of separator, never empty. The caller makes them distinct.

/** @param maxLength in characters, which are bytes here. */
export const slugOf = (text: string, separator: '_' | '-', maxLength: number, fallback: string): string => {
  const edges = new RegExp(`^${separator}+|${separator}+$`, 'g')
  const slug = text
    .normalize('NFKD')
    .replace(/[\p{M}'’]/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, separator)
    .replace(edges, '')
    .slice(0, maxLength)
    .replace(edges, '')
  return slug === '' ? fallback : slug
}
