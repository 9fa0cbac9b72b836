// Converts refused model changes to Problems with the contract's structure: faults grouped by kind, each with
// the faulty thing. The status depends on the refusal's code.

import { MetadataRefusal } from '../../../tenants/model/change/check/metadataRefusal.ts'
import type { MetadataFault } from '../../../tenants/model/metadata.ts'
import type { RefusalCode } from '../../../tenants/refusal.ts'
import { Problem, type ProblemCode, type ProblemOptions, problemOf } from '../../error/problem.ts'

const NOUNS: Readonly<Record<MetadataFault['metadataName'], string>> = {
  objectMetadata: 'object',
  fieldMetadata: 'field',
  index: 'index',
}

const GERUNDS: Readonly<Record<MetadataFault['operation'], string>> = {
  create: 'creating',
  update: 'updating',
  delete: 'deleting',
}

const STATUSES: Readonly<Record<RefusalCode, number>> = {
  INVALID_INPUT: 400,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
}

/** Codes with a top-level message of their own in the contract, not an invalid input. */
const PROTECTED: Readonly<Record<string, ProblemCode>> = {
  OBJECT_MUTATION_NOT_ALLOWED: 'FORBIDDEN',
  FIELD_MUTATION_NOT_ALLOWED: 'BAD_USER_INPUT',
}

const present = (value: unknown): boolean => value !== undefined

const entry = ({
  metadataName,
  operation,
  code,
  message,
  userFriendlyMessage,
  value,
  name,
  objectName,
}: MetadataFault) => ({
  type: operation,
  status: 'fail',
  metadataName,
  flatEntityMinimalInformation: {
    ...(present(name) ? { name } : {}),
    ...(present(objectName) ? { objectMetadataName: objectName } : {}),
  },
  errors: [
    {
      code,
      message,
      userFriendlyMessage: userFriendlyMessage ?? message,
      ...(present(value) ? { value } : {}),
    },
  ],
})

interface Head {
  readonly code: ProblemCode
  readonly message: string
  readonly options: ProblemOptions
}

/**
 * The top-level code: a single protection as itself, anything else as an invalid input with its faults below.
 */
const headOf = ({ faults, code }: MetadataRefusal): Head => {
  const [first] = faults
  const protection = faults.length === 1 && first !== undefined ? PROTECTED[first.code] : undefined
  if (first !== undefined && protection !== undefined)
    return { code: protection, message: first.message, options: { subCode: first.code } }
  const what =
    first === undefined
      ? 'changing the data model'
      : `${GERUNDS[first.operation]} ${NOUNS[first.metadataName]}`
  return {
    code: 'METADATA_VALIDATION_FAILED',
    message: `Multiple validation errors occurred while ${what}`,
    options: { status: STATUSES[code], more: faults.map(({ message }) => message) },
  }
}

const refusedProblem = (refusal: MetadataRefusal): Problem => {
  const { faults } = refusal
  const [first] = faults
  const names = [...new Set(faults.map(({ metadataName }) => metadataName))]
  const counts = names.map((name) => [name, faults.filter((fault) => fault.metadataName === name)] as const)
  const { code, message, options } = headOf(refusal)
  return new Problem(code, message, {
    ...options,
    userFriendlyMessage: first?.userFriendlyMessage ?? first?.message ?? refusal.message,
    facts: {
      message: `Validation failed for ${counts.map(([name, of]) => `${of.length} ${name}`).join(', ')}`,
      summary: {
        totalErrors: faults.length,
        ...Object.fromEntries(counts.map(([name, of]) => [name, of.length])),
      },
      errors: Object.fromEntries(counts.map(([name, of]) => [name, of.map(entry)])),
    },
    cause: refusal,
  })
}

export const metadataProblemOf = (error: unknown): Problem =>
  error instanceof MetadataRefusal && error.code !== 'NOT_FOUND' ? refusedProblem(error) : problemOf(error)
