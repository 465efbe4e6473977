// Console output, torch's random state and its threads belong to the process, so tests take turns.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
