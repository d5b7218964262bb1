import { attacks } from './attacks.mjs';
import { suite } from './suite.mjs';

suite('apache');
attacks('apache');
