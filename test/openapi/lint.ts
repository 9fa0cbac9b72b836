// What linters of OpenAPI documents (Spectral, Redocly) warn about, as far as a document of ours could have
// it: operations and parameters without a description, undeclared tags, unused components.

import type { Json } from './contract.ts'

const METHODS = new Set(['get', 'put', 'post', 'patch', 'delete'])

const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== ''

const operationFaults = (document: Json): readonly string[] => {
  const tags = new Set(document.tags.map(({ name }: Json) => name))
  return Object.entries<Json>(document.paths).flatMap(([path, item]) => {
    const own = Object.entries<Json>(item).filter(([method]) => METHODS.has(method))
    return own.flatMap(([method, { description, summary, operationId, tags: named = [], responses }]) => [
      ...[description, summary, operationId].flatMap((text) =>
        isText(text) ? [] : [`${method} ${path} lacks a text`],
      ),
      ...(named.length > 0 && named.every((name: string) => tags.has(name))
        ? []
        : [`${method} ${path} has an undeclared tag`]),
      ...(Object.keys(responses).some((status) => status.startsWith('2'))
        ? []
        : [`${method} ${path} never succeeds`]),
    ])
  })
}

const parameterFaults = (document: Json): readonly string[] => {
  const inPaths = Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    [item, ...Object.values<Json>(item)]
      .flatMap(({ parameters = [] }) => parameters)
      .map((parameter: Json) => [path, parameter] as const),
  )
  const { parameters, headers } = document.components
  return [...inPaths, ...Object.entries<Json>(parameters), ...Object.entries<Json>(headers)].flatMap(
    ([at, part]) =>
      part.$ref !== undefined || isText(part.description) ? [] : [`${at}: ${part.name ?? ''}`],
  )
}

const unusedComponents = (document: Json): readonly string[] => {
  const text = JSON.stringify(document)
  return ['headers', 'parameters', 'responses', 'schemas'].flatMap((section) =>
    Object.keys(document.components[section])
      .filter((name) => !text.includes(`"#/components/${section}/${name}"`))
      .map((name) => `${section}/${name} is unused`),
  )
}

export const lintFaults = (document: Json): readonly string[] => [
  ...(isText(document.info.contact?.name) ? [] : ['no contact']),
  ...(isText(document.info.description) ? [] : ['no description']),
  ...operationFaults(document),
  ...parameterFaults(document),
  ...unusedComponents(document),
]
