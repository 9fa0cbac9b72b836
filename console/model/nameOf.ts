// Names for the API out of labels that people write. In: `Date of birth`; out: `dateOfBirth`. A proposal: the
// gateway checks it.

/** Letters and digits in camelCase; accents lose their marks. */
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

/** `In progress` → `IN_PROGRESS`, the form that values of options have. */
export const optionValueOf = (label: string): string =>
  label
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== '')
    .join('_')
    .replace(/^\d+_?/, '')
