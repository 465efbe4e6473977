// Torch's random state, threads and memory statistics belong to the process, so tests take turns.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
