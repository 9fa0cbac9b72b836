// `companyDuplicates` and `mergeCompanies`, for objects with duplicate criteria. gateway/records compiles
// both.

import { GraphQLBoolean, GraphQLInt, GraphQLList, GraphQLNonNull } from 'postgraphile/graphql'
import type { ObjectModel } from '../../../../tenants/model/model.ts'
import { givenFields } from '../../../../tenants/model/writable.ts'
import { compileMerge } from '../../../records/duplicates/merge.ts'
import { meaning, type RecordWrite } from '../../meaning.ts'
import { objectIn } from '../../select/record.ts'
import type { Compilation } from './compilation.ts'
import type { ListedField, Root, RootFields } from './rootFields.ts'

type Build = GraphileBuild.Build

const hasDuplicates = ({ duplicateCriteria, key }: ObjectModel): boolean =>
  duplicateCriteria.length > 0 && key.length === 1

const duplicatesField = (build: Build, whole: ObjectModel) => {
  const listOf = (name: string) => ({ type: new GraphQLList(build.getInputTypeByName(name)) })
  return {
    type: new GraphQLList(build.getOutputTypeByName(`${whole.typeName}Connection`)),
    args: {
      ids: listOf('UUID'),
      ...(givenFields(whole, 'Create').length > 0 ? { data: listOf(`${whole.typeName}CreateInput`) } : {}),
    },
    extensions: meaning({ kind: 'duplicates', object: whole }),
  }
}

const mergeOf = (object: ObjectModel): RecordWrite => ({
  object,
  operation: {
    compile: (e, { ids, conflictPriorityIndex, dryRun }, { author, model }) =>
      compileMerge(e, model, objectIn(model, object), { ids, conflictPriorityIndex, dryRun }, author),
    touchesOthers: true,
  },
  answer: 'existing',
})

const mergeField = (build: Build, object: ObjectModel) => {
  const id = new GraphQLNonNull(build.getInputTypeByName('UUID'))
  return {
    type: build.getOutputTypeByName(object.typeName),
    args: {
      ids: { type: new GraphQLNonNull(new GraphQLList(id)) },
      conflictPriorityIndex: { type: new GraphQLNonNull(GraphQLInt) },
      dryRun: { type: GraphQLBoolean },
    },
    extensions: meaning({ kind: 'write', ...mergeOf(object) }),
  }
}

export const createDuplicateFields = ({ vocabulary }: Compilation): RootFields => {
  const objects = vocabulary.objects.filter(hasDuplicates)
  const fieldsOf = (build: Build): Readonly<Record<Root, readonly ListedField[]>> => ({
    query: objects.map((object) => [
      `${object.nameSingular}Duplicates`,
      () => duplicatesField(build, object),
    ]),
    mutation: objects
      .filter(({ updatable, deletable }) => updatable && deletable)
      .map((object) => [`merge${object.pluralTypeName}`, () => mergeField(build, object)]),
    subscription: [],
  })
  // The names of records come first.
  return (build, root, isTaken) => fieldsOf(build)[root].filter(([name]) => !isTaken(name))
}
