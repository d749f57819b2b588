/** What Zapier loads. Everything that can be known before is made at build time. */
import zapier from 'zapier-platform-core';
import { definition, pure, version } from 'dunwell:generated';
import { createApp } from './app.ts';

export default createApp({ definition, pure, version, platformVersion: zapier.version });
