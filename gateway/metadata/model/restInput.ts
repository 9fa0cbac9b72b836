// Validates bodies of /rest/metadata against the input types of /metadata, so that both protocols accept the
// same.

import { coerceInputValue, type GraphQLSchema, isInputObjectType } from 'postgraphile/graphql'
import { isRecord } from '../../../tenants/model/json.ts'
import { Problem } from '../../error/problem.ts'
import type { ReadInput } from './restBody.ts'

export const createInputReader =
  (schema: GraphQLSchema): ReadInput =>
  async <Input>(typeName: string, body: unknown): Promise<Input> => {
    const type = schema.getType(typeName)
    if (!isInputObjectType(type)) throw new Error(`${typeName} is not an input type of the metadata schema.`)
    if (!isRecord(body)) throw new Problem('BAD_USER_INPUT', 'The request body must be a JSON object.')
    const messages: string[] = []
    const input: unknown = coerceInputValue(body, type, (path, _value, error) => {
      messages.push(path.length === 0 ? error.message : `${path.join('.')}: ${error.message}`)
    })
    const [message, ...more] = messages
    if (message !== undefined) throw new Problem('BAD_USER_INPUT', message, { more })
    // The caller's type parameter is the type of this input.
    return input as Input
  }
