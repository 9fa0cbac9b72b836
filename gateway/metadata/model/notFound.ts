import { Problem } from '../../error/problem.ts'

export const metadataNotFound = (what: 'Object' | 'Field' | 'Index'): Problem =>
  new Problem('NOT_FOUND', `${what} not found`, { subCode: `${what.toUpperCase()}_METADATA_NOT_FOUND` })
