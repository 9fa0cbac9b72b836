// Networks of a key or a role, as lines of a text area.

/** The gateway checks the rest: prefixes and their bits. */
const LOOKS_LIKE_ONE = /^(?:[\d.]+|[\da-f:.]*:[\da-f:.]*)(?:\/\d{1,3})?$/i

/** Separated by lines, commas or spaces. */
export const networksIn = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line) => line.split(/[\s,]+/)).filter((word) => word !== '')

/** Null for a list that can be sent. */
export const networkFault = (lines: readonly string[]): string | null => {
  const wrong = networksIn(lines).find((word) => !LOOKS_LIKE_ONE.test(word))
  return wrong === undefined ? null : `“${wrong}” is not a network, such as 203.0.113.0/24 or 2001:db8::/32.`
}

/** In a table: the only one, or how many. */
export const networksText = (networks: readonly string[]): string => {
  const [only, another] = networks
  if (only === undefined) return 'All'
  return another === undefined ? only : `${networks.length} networks`
}
