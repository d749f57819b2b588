/** What Zapier loads. Everything that can be known before is made at build time. */

import { definition, pure, version } from 'dunwell:generated';
import zapier from 'zapier-platform-core';
import { createApp } from './app.ts';

/** What decides inside this bundle, for the golden file to be held against. */
export { compilePolicy } from '../../shared/rules/index.ts';
export default createApp({ definition, pure, version, platformVersion: zapier.version });
