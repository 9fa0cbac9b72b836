import test from 'ava'
import fc from 'fast-check'
import { parse } from 'postgraphile/graphql'
import { signInResolvers } from '../../gateway/metadata/people/signIn.ts'
import { isPublicDocument } from '../../gateway/metadata/publicDocument.ts'
import { createMetadataSchema } from '../../gateway/metadata/schema.ts'

const schema = createMetadataSchema([signInResolvers])
const PUBLIC = ['getAuthTokensFromLoginToken', 'renewToken']
const OTHERS = [
  'createOneObject',
  'deleteOneField',
  'updateWorkspace',
  '__schema',
  '__type',
  'nothing',
  'constructor',
]

interface Part {
  readonly field: string
  readonly alias: string | null
  readonly wrapped: 'plain' | 'inline' | 'fragment' | 'twice'
}

const part: fc.Arbitrary<Part> = fc.record({
  field: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...PUBLIC) },
    { weight: 1, arbitrary: fc.constantFrom(...OTHERS, '__typename') },
  ),
  alias: fc.option(fc.constantFrom('renewToken', 'a')),
  wrapped: fc.constantFrom('plain', 'inline', 'fragment', 'twice'),
})

const operation = fc.record({
  type: fc.oneof(
    { weight: 5, arbitrary: fc.constant('mutation') },
    { weight: 1, arbitrary: fc.constantFrom('query', 'subscription') },
  ),
  parts: fc.array(part, { minLength: 1, maxLength: 4 }),
})

/** The text of operations, the parts of which stand in fragments or not; fragments spread themselves too. */
const textOf = (
  operations: readonly { readonly type: string; readonly parts: readonly Part[] }[],
): string => {
  const fragments: string[] = []
  const written = operations.map(({ type, parts }, at) => {
    const selections = parts.map(({ field, alias, wrapped }, index) => {
      const text = `${alias === null ? '' : `${alias}: `}${field}`
      if (wrapped === 'plain') return text
      if (wrapped === 'inline') return `... on Mutation { ${text} }`
      const name = `F${at}${index}`
      fragments.push(`fragment ${name} on Mutation { ${text} ...${name} }`)
      return wrapped === 'twice' ? `...${name} ...${name}` : `...${name}`
    })
    return `${type} Q${at} { ${selections.join(' ')} }`
  })
  return [...written, ...fragments].join('\n')
}

test('a document is public if every operation selects only public fields, in fragments or not', (t) => {
  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 3 }), (operations) => {
      const expected = operations.every(({ type, parts }) => {
        const fields = parts.map(({ field }) => field).filter((field) => field !== '__typename')
        return type === 'mutation' && fields.length > 0 && fields.every((field) => PUBLIC.includes(field))
      })
      const text = textOf(operations)
      t.is(isPublicDocument(parse(text), schema), expected, text)
    }),
    { numRuns: 1000 },
  )
})

test('many spreads of fragments within fragments cost no more than their text', (t) => {
  const names = Array.from({ length: 60 }, (_, index) => `F${index}`)
  const fragments = names.map((name, index) => {
    const next = names[index + 1]
    return `fragment ${name} on Mutation { ${next === undefined ? 'renewToken' : `...${next} ...${next}`} }`
  })
  t.true(isPublicDocument(parse(`mutation { ...F0 }\n${fragments.join('\n')}`), schema))
})

test('fragments alone are not public', (t) => {
  t.false(isPublicDocument(parse('fragment F on Mutation { renewToken }'), schema))
})
