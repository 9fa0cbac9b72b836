import type {} from 'postgraphile'

type Build = GraphileBuild.Build

export type InputFields = Record<
  string,
  { type: ReturnType<Build['getInputTypeByName']>; description?: string | null }
>

export const registerInput = (build: Build, name: string, fields: () => InputFields): void =>
  build.registerInputObjectType(name, {}, () => ({ fields }), 'Tenantry')
