// The playground of the metadata API over REST.

import { REST_METADATA } from './endpoints.ts'
import { RestPlayground } from './restPlayground.tsx'

const RestMetadataPage = () => <RestPlayground endpoint={REST_METADATA} />

export default RestMetadataPage
