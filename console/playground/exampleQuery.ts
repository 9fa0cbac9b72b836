// The first tabs of GraphiQL: a query that runs against the workspace's schema as it is, and a mutation that
// creates a record. Permissions are not considered: a refusal names the field.

import {
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isLeafType,
  isObjectType,
  isRequiredInputField,
} from 'graphql'

const MAX_FIELDS = 5

type Field = GraphQLField<unknown, unknown>

const fieldsOf = (type: GraphQLObjectType): readonly Field[] => Object.values(type.getFields())

const isOpen = (field: Field): boolean =>
  field.args.every((argument) => !String(argument.type).endsWith('!') || argument.defaultValue !== undefined)

const childOf = (type: GraphQLNamedType | null, name: string): GraphQLNamedType | null => {
  const field = isObjectType(type) ? type.getFields()[name] : undefined
  return field === undefined ? null : getNamedType(field.type)
}

const nodeOf = (field: Field): GraphQLObjectType | null => {
  const node = childOf(childOf(getNamedType(field.type), 'edges'), 'node')
  return isObjectType(node) ? node : null
}

/**
 * Scalars, and composites with their first scalars. Not connections and related records.
 */
const selectionOf = (field: Field): string | null => {
  const type = getNamedType(field.type)
  if (isLeafType(type)) return field.name
  if (!isObjectType(type) || type.getFields().id !== undefined || nodeOf(field) !== null) return null
  const leaves = fieldsOf(type).filter((part) => isLeafType(getNamedType(part.type)))
  // Skips the second line of an address, which is rarely filled.
  const [first, second] = leaves.filter(({ name }) => !/\d$/.test(name) || name.endsWith('1'))
  if (first === undefined) return null
  const lines = [first, ...(second === undefined ? [] : [second])].map(({ name }) => `          ${name}`)
  return `${field.name} {\n${lines.join('\n')}\n        }`
}

const FIRST = ['companies', 'people', 'opportunities', 'tasks']

/** A list of records: a familiar one, else the first. */
const listOf = (query: GraphQLObjectType): Field | undefined => {
  const lists = fieldsOf(query).filter(
    (field) => nodeOf(field) !== null && field.args.some(({ name }) => name === 'first') && isOpen(field),
  )
  return lists.find(({ name }) => FIRST.includes(name)) ?? lists[0]
}

const HELP = `# Ctrl-Enter runs this, Ctrl-Space completes.
# The explorer on the left lists every field.`

const METADATA = `${HELP}
query DataModel {
  objects(paging: { first: 50 }) {
    edges {
      node {
        nameSingular
        labelPlural
        fieldsList {
          name
          type
        }
      }
    }
  }
}
`

export const exampleQuery = (schema: GraphQLSchema): string => {
  const query = schema.getQueryType()
  if (query?.getFields().objects !== undefined && query.getFields().objectRecordCounts !== undefined)
    return METADATA
  const list = query == null ? undefined : listOf(query)
  const node = list === undefined ? null : nodeOf(list)
  if (list === undefined || node === null) return `${HELP}\n{\n  __typename\n}\n`
  const preferred = ['id', 'name', 'title']
  const selections = fieldsOf(node)
    .filter(isOpen)
    .toSorted((a, b) => Number(preferred.includes(b.name)) - Number(preferred.includes(a.name)))
    .flatMap((field) => selectionOf(field) ?? [])
    .slice(0, MAX_FIELDS)
  return `${HELP}
query FirstRecords {
  ${list.name}(first: 10) {
    totalCount
    edges {
      node {
        ${selections.join('\n        ')}
      }
    }
  }
}
`
}

const fieldsOfInput = (type: GraphQLInputType | undefined): readonly GraphQLInputField[] => {
  const named = type === undefined ? undefined : getNamedType(type)
  return isInputObjectType(named) ? Object.values(named.getFields()) : []
}

const NAMES: Readonly<Record<string, string>> = {
  name: 'My first record',
  title: 'My first record',
  firstName: 'Ada',
  lastName: 'Byron',
}

/** `name: "…"`, or the parts of a composite name; null without a name or title. */
const nameIn = (fields: readonly GraphQLInputField[]): string | null => {
  const field = fields.find(({ name }) => name === 'name' || name === 'title')
  if (field === undefined) return null
  if (isLeafType(getNamedType(field.type))) return `${field.name}: "${NAMES[field.name]}"`
  const parts = fieldsOfInput(field.type).filter(({ name }) => NAMES[name] !== undefined)
  return parts.length === 0
    ? null
    : `${field.name}: { ${parts.map(({ name }) => `${name}: "${NAMES[name]}"`).join(', ')} }`
}

const singleCreates = (mutation: GraphQLObjectType): readonly Field[] =>
  fieldsOf(mutation).filter(
    ({ name, type }) =>
      name.startsWith('create') && String(type).replace('!', '') === name.slice('create'.length),
  )

const answerOf = ({ type }: Field): readonly string[] => {
  const made = getNamedType(type)
  const leaves = isObjectType(made)
    ? fieldsOf(made).filter((field) => isLeafType(getNamedType(field.type)))
    : []
  const preferred = leaves.filter(({ name }) => ['id', 'createdAt'].includes(name))
  return (preferred.length > 0 ? preferred : leaves.slice(0, 1)).map(({ name }) => name)
}

const FIRST_MADE = ['createCompany', 'createPerson', 'createTask']

/** A mutation that creates a record with just a name; null if no object allows it. */
export const exampleMutation = (schema: GraphQLSchema): string | null => {
  const mutation = schema.getMutationType()
  const candidates = (mutation == null ? [] : singleCreates(mutation)).flatMap((field) => {
    const inputs = fieldsOfInput(field.args.find(({ name }) => name === 'data')?.type)
    const name = nameIn(inputs)
    const needs = inputs.filter((input) => isRequiredInputField(input) && input.name !== name?.split(':')[0])
    return name === null || needs.length > 0 ? [] : [{ field, name }]
  })
  const chosen = candidates.find(({ field }) => FIRST_MADE.includes(field.name)) ?? candidates[0]
  if (chosen === undefined) return null
  return `# Ctrl-Enter creates a record. Edit it first if you like.
mutation NewRecord {
  ${chosen.field.name}(data: { ${chosen.name} }) {
    ${answerOf(chosen.field).join('\n    ')}
  }
}
`
}
