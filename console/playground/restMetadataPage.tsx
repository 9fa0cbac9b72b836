// The playground of the metadata API over REST.

import { REST_METADATA } from './faces.ts'
import { RestPlayground } from './restPlayground.tsx'

const RestMetadataPage = () => <RestPlayground face={REST_METADATA} />

export default RestMetadataPage
