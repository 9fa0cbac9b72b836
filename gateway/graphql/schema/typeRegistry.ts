// Types by name, before they are made. graphile-build's own registry costs several times as much, and a model
// of 300 objects registers 6,000 types with each change of a field.

import type {} from 'postgraphile'
import {
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLObjectType,
  GraphQLScalarType,
  specifiedScalarTypes,
} from 'postgraphile/graphql'

type Build = Pick<GraphileBuild.Build, 'assertValidName'>

/** The kinds of types that our plugins and the stock ones register. */
const KINDS = {
  registerObjectType: GraphQLObjectType,
  registerInputObjectType: GraphQLInputObjectType,
  registerEnumType: GraphQLEnumType,
  registerScalarType: GraphQLScalarType,
} as const

interface RegisteredType {
  readonly Constructor: (typeof KINDS)[keyof typeof KINDS]
  readonly scope: object
  /** What the type is made of, except its name. */
  readonly specify: () => object
}

interface TypeRegistry {
  /** In the order of their registration, after those of GraphQL itself. */
  readonly names: ReadonlySet<string>
  readonly find: (name: string) => RegisteredType | undefined
  /** Takes the place of the build's own registry. */
  readonly replaceIn: (build: Build) => void
}

/** Refuses invalid names, and two types of one name. */
export const createTypeRegistry = (): TypeRegistry => {
  const names = new Set(specifiedScalarTypes.map(({ name }) => name))
  const types = new Map<string, RegisteredType>()
  return {
    names,
    find: (name) => types.get(name),
    replaceIn: (build) => {
      const registering =
        (Constructor: RegisteredType['Constructor']) =>
        (name: string, scope: object, specify: () => object): void => {
          build.assertValidName(name, 'The type name $0 is invalid.')
          if (names.has(name)) throw new Error(`Two types have the name ${name}.`)
          names.add(name)
          types.set(name, { Constructor, scope, specify })
        }
      for (const [method, Constructor] of Object.entries(KINDS))
        Reflect.set(build, method, registering(Constructor))
    },
  }
}
