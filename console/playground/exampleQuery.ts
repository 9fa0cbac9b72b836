// The query that GraphiQL begins with. In: the schema of the workspace; out: a query that runs against it as it is, with a line on
// what to do next. Not decided here: what the caller may read; a refusal names the field.

import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isLeafType,
  isObjectType,
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

/** Leaves as they are, composites by their leaves; connections and records of other objects are left to the reader. */
const selectionOf = (field: Field): string | null => {
  const type = getNamedType(field.type)
  if (isLeafType(type)) return field.name
  if (!isObjectType(type) || type.getFields().id !== undefined || nodeOf(field) !== null) return null
  const [first, second] = fieldsOf(type).filter((part) => isLeafType(getNamedType(part.type)))
  if (first === undefined) return null
  const lines = [first, ...(second === undefined ? [] : [second])].map(({ name }) => `          ${name}`)
  return `${field.name} {\n${lines.join('\n')}\n        }`
}

const FIRST = ['companies', 'people', 'opportunities', 'tasks']

/** A list of records: the demo's first, else the first that takes `first` and `orderBy`. */
const listOf = (query: GraphQLObjectType): Field | undefined => {
  const lists = fieldsOf(query).filter(
    (field) => nodeOf(field) !== null && field.args.some(({ name }) => name === 'first') && isOpen(field),
  )
  return lists.find(({ name }) => FIRST.includes(name)) ?? lists[0]
}

const HELP = '# Ctrl-Enter runs this. Ctrl-Space completes; the explorer on the left knows every field.'

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
  const wished = ['id', 'name', 'title']
  const selections = fieldsOf(node)
    .filter(isOpen)
    .toSorted((a, b) => Number(wished.includes(b.name)) - Number(wished.includes(a.name)))
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
