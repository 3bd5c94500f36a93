/** The questions that a real Trino is asked behind Athena's protocol. */

/** Questions of each kind of view without object and line numbers in the answer, because these differ for logs in place. */
export const ATHENA_QUESTIONS = [
  'status-codes',
  'failures-per-minute',
  'failures-per-path',
  'error-rate',
  'tls-versions',
  'requests-per-target',
  'failures-per-target-group',
  'failures-per-rollout',
  'late-routing',
  'load-summary',
  'verdicts',
  'failures-per-target',
  'terminations',
  'advice',
];

/** Those that a short run leaves out: they are answered as `verdicts` and `failures-per-minute` are. */
export const LONG_QUESTIONS = ['failures-per-path', 'error-rate', 'failures-per-target', 'terminations'];
