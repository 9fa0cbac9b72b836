// Derives API names from labels: `Date of birth` becomes `dateOfBirth`. A suggestion; the gateway validates
// it.

/** Letters and digits in camelCase, without diacritics. */
export const nameOf = (label: string): string => {
  const words = label
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
  const name = words
    .map((word, index) => {
      const rest = word.slice(1).toLowerCase()
      return index === 0 ? word.charAt(0).toLowerCase() + rest : word.charAt(0).toUpperCase() + rest
    })
    .join('')
  return name.replace(/^\d+/, '')
}

/** `In progress` → `IN_PROGRESS`, the format of option values. */
export const optionValueOf = (label: string): string =>
  label
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== '')
    .join('_')
    .replace(/^\d+_?/, '')
