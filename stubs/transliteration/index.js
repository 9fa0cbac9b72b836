// graphile-build loads this module with its plugin, which the gateway switches off.

exports.transliterate = () => {
  throw new Error('transliteration is not installed: names are made ASCII with any-ascii.')
}
