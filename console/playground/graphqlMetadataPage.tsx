// The playground of the metadata API over GraphQL.

import { GRAPHQL_METADATA } from './faces.ts'
import { GraphqlPlayground } from './graphqlPlayground.tsx'

const GraphqlMetadataPage = () => <GraphqlPlayground face={GRAPHQL_METADATA} />

export default GraphqlMetadataPage
