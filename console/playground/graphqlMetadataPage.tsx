// The playground of the metadata API over GraphQL.

import { GRAPHQL_METADATA } from './endpoints.ts'
import { GraphqlPlayground } from './graphqlPlayground.tsx'

const GraphqlMetadataPage = () => <GraphqlPlayground endpoint={GRAPHQL_METADATA} />

export default GraphqlMetadataPage
