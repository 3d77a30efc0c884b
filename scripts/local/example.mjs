/** The main job as commands to paste: README.md shows them, `npm start` prints them, test/e2e runs them. */

/** @returns {readonly { what: string, commands: string }[]} */
export function exampleFor(issuer, providerIssuer) {
  return [
    {
      what: "Start a login. The answer names the page to open.",
      commands: `field() { node -p 'JSON.parse(require("node:fs").readFileSync(0))[process.argv[1]]' "$1"; }
LOGIN=$(curl -s ${issuer}/api/v0/token/my -H 'Content-Type: application/json' -d '{
  "grant_type": "oidc_flow", "oidc_issuer": "${providerIssuer}", "client_type": "native",
  "name": "my first mytoken", "capabilities": ["AT", "tokeninfo"]
}')
echo "Open in a browser: $(echo "$LOGIN" | field consent_uri)"`,
    },
    {
      what: "In the browser: approve, log in with any name and any password, continue. Then collect the mytoken.",
      commands: `CODE=$(echo "$LOGIN" | field polling_code)
MYTOKEN=$(curl -s ${issuer}/api/v0/token/my -H 'Content-Type: application/json' -d '{
  "grant_type": "polling_code", "polling_code": "'"$CODE"'"
}' | field mytoken)
echo "$MYTOKEN"`,
    },
    {
      what: "From now on, whenever an access token is needed: exchange the mytoken for one, and use it.",
      commands: `AT=$(curl -s ${issuer}/api/v0/token/access -d grant_type=mytoken -d "mytoken=$MYTOKEN" | field access_token)
curl -s ${providerIssuer}/me -H "Authorization: Bearer $AT"`,
    },
  ];
}
