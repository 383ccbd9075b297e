/** The two databases that hold the store. */
export type Dialect = 'sqlite' | 'postgres';
