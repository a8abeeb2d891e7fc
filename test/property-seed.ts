import fc from "fast-check";

/** Property tests try the same cases in every run: what fails is what was changed. SEED=N tries others. */
fc.configureGlobal({ seed: Number(process.env.SEED ?? 1) });
