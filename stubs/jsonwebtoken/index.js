// graphile-build-pg loads this module with its JWT plugin, which the gateway does not use.

exports.sign = () => {
  throw new Error('jsonwebtoken is not installed: tokens are signed with jose.')
}
