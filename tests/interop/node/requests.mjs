// Judges signed requests with npm http-message-signatures, and signs the same ones for our side. usage: requests.mjs SAMPLES
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

// The package lies beside the samples, not beside this file, so that nothing is downloaded into the source tree.
const [samplesFolder, modules] = process.argv.slice(2);
const { httpbis, createSigner, createVerifier } = createRequire(path.resolve(modules, 'x.js'))('http-message-signatures');

const OWNER = ['@method', '@target-uri', 'content-digest'];
const READ = [...OWNER, 'authorization', 'pulsebook-purpose'];
const covered = (sample) => (sample.profile === 'read' ? READ : OWNER);
const base64url = (text) => Buffer.from(text, 'base64').toString('base64url');
const isPhone = (sample) => sample.alg === 'ecdsa-p256-sha256';
function jwk(sample) {
  if (!isPhone(sample)) return { kty: 'OKP', crv: 'Ed25519', x: base64url(sample.public_key) };
  const point = Buffer.from(sample.public_key, 'base64');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  return { kty: 'EC', crv: 'P-256', x, y };
}

function verifier(sample) {
  const key = crypto.createPublicKey({ key: jwk(sample), format: 'jwk' });
  return async ({ keyid }) => (keyid === sample.key_id
    ? { id: keyid, algs: [sample.alg], verify: createVerifier(key, sample.alg) } : null);
}

// The library leaves the body to its caller.
const digest = (body) => `sha-256=:${crypto.createHash('sha256').update(Buffer.from(body, 'base64')).digest('base64')}:`;

async function accepts(sample, asked = sample) {
  const { method, url, headers } = asked;
  try {
    const verified = await httpbis.verifyMessage({ keyLookup: verifier(sample), maxAge: 3600, tolerance: 5,
      requiredFields: covered(sample), requiredParams: ['created', 'nonce', 'alg', 'keyid', 'tag'] }, { method, url, headers });
    return verified === true && headers['content-digest'] === digest(asked.body);
  } catch {
    return false;
  }
}

function* changes(sample) {
  yield ['method', { ...sample, method: 'DELETE' }];
  yield ['url', { ...sample, url: `${sample.url}0` }];
  yield ['body', { ...sample, body: sample.body ? '' : 'eA==' }];
  for (const [name, value] of Object.entries(sample.headers)) {
    const { [name]: gone, ...rest } = sample.headers;
    yield [`no ${name}`, { ...sample, headers: rest }];
    const at = value.includes('=:') ? value.indexOf('=:') + 4 : value.length - 3;
    const other = value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1);
    yield [name, { ...sample, headers: { ...sample.headers, [name]: other } }];
  }
  const params = sample.headers['signature-input'];
  for (const [old, other] of [['created=1', 'created=2'], ['nonce="', 'nonce="A'], [sample.key_id, '00'.repeat(32)],
    ['tag="pulsebook', 'tag="pulsebooks'], ['"@method" ', '']]) {
    assert(params.includes(old));
    yield [old, { ...sample, headers: { ...sample.headers, 'signature-input': params.replace(old, other) } }];
  }
}

async function signed(sample) {
  const key = crypto.createPrivateKey({ key: { ...jwk(sample), d: base64url(sample.secret_key) }, format: 'jwk' });
  const { signature, 'signature-input': input, ...headers } = sample.headers;
  const message = await httpbis.signMessage({ key: createSigner(key, sample.alg, sample.key_id), name: 'sig1',
    fields: covered(sample), params: ['created', 'nonce', 'alg', 'keyid', 'tag'],
    paramValues: { nonce: crypto.randomBytes(16).toString('base64url'), tag: `pulsebook-${sample.profile}` } },
  { method: sample.method, url: sample.url, headers });
  return { ...sample, headers: message.headers };
}

const samples = JSON.parse(fs.readFileSync(path.join(samplesFolder, 'requests.json')));
const phones = samples.filter(isPhone).length;
assert(phones >= 2);
let refused = 0;
for (const sample of samples) {
  assert(await accepts(sample), `${sample.method} ${sample.url}`);
  for (const [what, changed] of changes(sample)) {
    assert(!(await accepts(sample, changed)), `accepted: ${sample.method} with another ${what}`);
    refused += 1;
  }
}
const ours = await Promise.all(samples.map(signed));
fs.writeFileSync(path.join(samplesFolder, 'requests-node.json'), JSON.stringify(ours, null, 1));
console.log(`http-message-signatures (Node) verifies ${samples.length} requests (${phones} by P-256), refuses ${refused} changed ones, signed ${ours.length}`);
