// Operations on an object, as path items, with the paths and methods of the route table.

import type { ObjectModel } from '../../tenants/model/model.ts'
import { REST_OPERATIONS, type RequestKind, type RestOperation } from '../rest/routes.ts'
import { answersOf } from './answers.ts'
import { bodyOf } from './bodies.ts'
import type { Components } from './components.ts'
import { listParameterRefs, ownListParameters } from './listParameters.ts'
import { descriptionOf, summaryOf } from './operationText.ts'
import {
  type ObjectParameters,
  objectParameters,
  type Parameter,
  parameterRef,
  type SharedParameter,
} from './parameters.ts'
import { refusals } from './problems.ts'
import { keyFieldsOf, type RecordSchemas } from './records.ts'
import { keySchema } from './values.ts'
import type { ObjectView } from './view.ts'

export type PathItems = Record<string, Record<string, unknown>>

interface OperationScope {
  readonly view: ObjectView
  readonly records: RecordSchemas
  readonly components: Components
  readonly maxBatchRecords: number
  /** The nearest free operation id. */
  readonly claimId: (id: string) => string
}

interface ObjectPaths {
  readonly paths: PathItems
  readonly parameters: Readonly<Record<string, Parameter>>
}

/** The contract's names, including their capitals. */
const operationId = ({ typeName, pluralTypeName }: ObjectModel, kind: RequestKind): string => {
  switch (kind) {
    case 'updateOne':
      return `UpdateOne${typeName}`
    case 'duplicates':
      return `find${typeName}Duplicates`
    case 'findHistory':
      return `find${typeName}History`
    case 'eraseHistory':
      return `erase${typeName}History`
    case 'undoChange':
      return `undo${typeName}Change`
    case 'merge':
      return `mergeMany${pluralTypeName}`
    case 'groupBy':
      return `groupBy${pluralTypeName}`
    default:
      return kind + (kind.endsWith('One') ? typeName : pluralTypeName)
  }
}

const READING: readonly RequestKind[] = ['findMany', 'findOne', 'findHistory', 'groupBy', 'duplicates']
const DELETING: readonly RequestKind[] = ['deleteOne', 'deleteMany']
const FILTERED: readonly RequestKind[] = ['updateMany', 'deleteMany', 'restoreMany']
/** Whether `fields` and `depth` decide about the answer. */
const isAnsweredByRecords = (kind: RequestKind): boolean =>
  !DELETING.includes(kind) && kind !== 'findHistory' && kind !== 'eraseHistory'

const KEYED_METHODS: readonly string[] = ['POST', 'PATCH']

const isKeyed = ({ kind, method }: RestOperation): boolean =>
  KEYED_METHODS.includes(method) && !READING.includes(kind)

const deletion = ({ canSoftDelete, canDestroy }: ObjectView): readonly SharedParameter[] =>
  !canSoftDelete ? [] : canDestroy ? ['softDelete'] : ['softDeleteOnly']

const sharedOf = (view: ObjectView, operation: RestOperation): readonly SharedParameter[] => {
  const { kind } = operation
  const creating = kind === 'createOne' || kind === 'createMany'
  return [
    ...(kind === 'findMany' ? (['count', 'preferCount'] as const) : []),
    ...(kind === 'groupBy'
      ? (['aggregate', 'orderByGroups', 'groupLimit', 'includeRecordsSample', 'orderByForRecords'] as const)
      : []),
    ...(creating && view.canUpsert ? (['upsert'] as const) : []),
    ...(kind === 'createMany' ? (['onError'] as const) : []),
    ...(DELETING.includes(kind) ? deletion(view) : []),
    ...(isAnsweredByRecords(kind) ? (['depth'] as const) : []),
    ...(READING.includes(kind) || kind === 'eraseHistory' ? [] : (['prefer'] as const)),
    ...(isKeyed(operation) ? (['idempotencyKey'] as const) : []),
  ]
}

/** The arguments of lists that a request has. */
const listParameters = (object: ObjectModel, kind: RequestKind): readonly object[] => {
  switch (kind) {
    case 'findMany':
      return listParameterRefs(object)
    case 'groupBy':
      return listParameterRefs(object, ['filter'])
    case 'findHistory':
      return listParameterRefs(object, ['first', 'after'])
    default:
      return []
  }
}

const parametersOf = (
  view: ObjectView,
  own: ObjectParameters,
  operation: RestOperation,
): readonly object[] => {
  const { kind } = operation
  return [
    ...listParameters(view.object, kind),
    ...(FILTERED.includes(kind) ? [own.mandatoryFilter] : []),
    ...(kind === 'groupBy' ? [own.groupBy] : []),
    ...(isAnsweredByRecords(kind) ? [parameterRef(`${view.object.pluralTypeName}Fields`)] : []),
    ...sharedOf(view, operation).map(parameterRef),
  ]
}

/** The values of a record's key, which share one segment of the path. */
const keyParameters = ({ object }: ObjectView, components: Components): readonly Parameter[] =>
  keyFieldsOf(object).map(({ name, type, column }) => ({
    name,
    in: 'path',
    required: true,
    description: 'Value of the key.',
    schema: keySchema({ components, isManaged: object.emptyStringForNull }, type, column),
  }))

const pathParameters = (pattern: string, key: readonly Parameter[]): readonly Parameter[] =>
  pattern.includes('{position}')
    ? [
        ...key,
        {
          name: 'position',
          in: 'path',
          required: true,
          description: 'Position of the change in its history.',
          schema: { type: 'string', pattern: '^\\d{1,18}$' },
        },
      ]
    : key

const pathOf = (object: ObjectModel, pattern: string, key: readonly Parameter[]): string =>
  `/${pattern
    .replace('{plural}', object.namePlural)
    .replace('{key}', key.map(({ name }) => `{${name}}`).join(','))}`

export const objectPaths = (scope: OperationScope): ObjectPaths => {
  const { view, records, components, claimId } = scope
  const { object, kinds } = view
  const own = objectParameters(object)
  const key = keyParameters(view, components)
  const paths: PathItems = {}
  for (const operation of REST_OPERATIONS) {
    const { kind, method, pattern } = operation
    if (!kinds.has(kind)) continue
    const path = pathOf(object, pattern, key)
    const item =
      paths[path] ?? (pattern.includes('{key}') ? { parameters: pathParameters(pattern, key) } : {})
    paths[path] = item
    const requestBody = bodyOf(scope, kind)
    item[method.toLowerCase()] = {
      operationId: claimId(operationId(object, kind)),
      tags: [object.namePlural],
      summary: summaryOf(object, kind),
      description: descriptionOf(kind),
      parameters: parametersOf(view, own, operation),
      ...(requestBody === null ? {} : { requestBody }),
      responses: {
        ...answersOf({ object, records, components }, kind),
        ...refusals({
          hasBody: requestBody !== null,
          isKeyed: isKeyed(operation),
          canConflict: !READING.includes(kind),
        }),
      },
    }
  }
  return {
    paths,
    parameters: {
      ...Object.fromEntries(ownListParameters(object)),
      [`${object.pluralTypeName}Fields`]: own.fields,
    },
  }
}
