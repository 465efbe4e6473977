using SafeTune.Torch;
using static TorchSharp.torch;

namespace SafeTune.Generation;

/// <summary>Beam search as transformers 4.57 does it: running beams, and beside them the best finished ones, ranked by log-probability / length ^ penalty.</summary>
internal sealed class BeamSearch
{
    // What transformers adds to rule a beam out.
    private const float Never = -1e9f;
    private readonly INextToken model;
    private readonly GenerationOptions options;
    private readonly int beams, candidates, promptLength;
    private readonly Prompt[] prompts;

    /// <summary>Prepares a search.</summary>
    /// <param name="model">The model, at the prompts.</param>
    /// <param name="prompts">Padded on the left to one length.</param>
    /// <param name="options">How.</param>
    public BeamSearch(INextToken model, IReadOnlyList<int[]> prompts, GenerationOptions options)
    {
        (this.model, this.options, beams, promptLength) = (model, options, options.Beams, prompts[0].Length);
        // Enough that as many beams go on even if every end token was taken.
        candidates = Math.Max(2, 1 + Ends.Count) * beams;
        this.prompts = [.. prompts.Select(prompt => new Prompt(prompt, beams))];
    }

    private IReadOnlyList<int> Ends => options.EndIds ?? [];

    /// <summary>Runs it.</summary>
    /// <returns>The new tokens of each prompt's best beam, the end token included, and its score.</returns>
    public (int[] Tokens, double Score)[] Search()
    {
        for (var step = 0; ; step++)
        {
            using var scope = NewDisposeScope();
            Grow(step, Scores(step));
            var length = step + 1;
            foreach (var prompt in prompts) prompt.CanImprove &= Array.Exists(WorstFinished(prompt), worst => BestPossible(prompt, length) > worst);
            var isOpen = prompts.Any(prompt => prompt.CanImprove) && prompts.Any(prompt => prompt.HasContinuation)
                && !(options.EarlyStopping == EarlyStopping.WhenFull && prompts.All(prompt => prompt.IsFull));
            if (!isOpen) return [.. prompts.Select(prompt => (prompt.Finished[0].Tokens[promptLength..], (double)prompt.Finished[0].Score))];
        }
    }

    // Log-probabilities of every continuation of every running beam, [prompts, beams · vocabulary], the beams' own included.
    private Tensor Scores(int step)
    {
        Tensor scores;
        if (step == 0)
        {
            // All beams of a prompt begin alike.
            scores = model.Start().repeat_interleave(beams, dim: 0);
        }
        else
        {
            // At the first step the model has one row a prompt, later one a beam.
            int Row(int prompt, int parent) => step == 1 ? prompt : (prompt * beams) + parent;
            scores = model.Advance(
                [.. prompts.SelectMany((prompt, i) => prompt.Running.Select(beam => Row(i, beam.Parent)))], [.. prompts.SelectMany(prompt => prompt.Running.Select(beam => beam.Tokens[^1]))]);
        }

        var logs = scores.log_softmax(-1);
        Beam[] running = [.. prompts.SelectMany(prompt => prompt.Running)];
        if (options.NoRepeatNgram > 0)
            for (var row = 0; row < running.Length; row++) Greedy.Ban(logs, row, [.. running[row].Tokens], options.NoRepeatNgram);
        var own = tensor(running.Select(beam => beam.Score).ToArray(), device: logs.device).unsqueeze(1);
        return logs.Plus(own).view(prompts.Length, -1);
    }

    private void Grow(int step, Tensor scores)
    {
        var vocabulary = scores.shape[1] / beams;
        var (best, where) = scores.topk((int)Math.Min(candidates, scores.shape[1]));
        var (values, indices) = (best.cpu().data<float>().ToArray(), where.cpu().data<long>().ToArray());
        var each = values.Length / prompts.Length;
        var isLast = step + 1 == options.MaxNewTokens;
        for (var i = 0; i < prompts.Length; i++)
        {
            var prompt = prompts[i];
            Candidate[] grown = [.. Enumerable.Range(i * each, each).Select(at =>
            {
                var (parent, token) = ((int)(indices[at] / vocabulary), (int)(indices[at] % vocabulary));
                return new Candidate(new Beam([.. prompt.Running[parent].Tokens, token], values[at], parent), isLast || Ends.Contains(token));
            })];
            Finish(prompt, grown, step + 1);
            prompt.Running = [.. grown.Select(candidate => candidate.Ends ? candidate.Beam with { Score = candidate.Beam.Score + Never } : candidate.Beam).OrderByDescending(beam => beam.Score).Take(beams)];
            prompt.HasContinuation = grown.Any(candidate => !candidate.Ends);
        }
    }

    // Only the best candidates, as many as there are beams, may enter the finished ones.
    private void Finish(Prompt prompt, Candidate[] grown, int length)
    {
        var isClosed = options.EarlyStopping == EarlyStopping.WhenFull && prompt.IsFull;
        var entering = grown.Select((candidate, rank) =>
        {
            var enters = candidate.Ends && rank < beams;
            var score = candidate.Beam.Score / MathF.Pow(length, (float)options.LengthPenalty);
            foreach (var ruledOut in new[] { isClosed, !prompt.CanImprove, !enters }) if (ruledOut) score += Never;
            return new FinishedBeam(candidate.Beam.Tokens, score, enters);
        });
        prompt.Finished = [.. prompt.Finished.Concat(entering).OrderByDescending(beam => beam.Score).Take(beams)];
    }

    private float BestPossible(Prompt prompt, int length)
    {
        var reach = options.EarlyStopping == EarlyStopping.WhenImpossible && options.LengthPenalty > 0 ? options.MaxNewTokens : length;
        return prompt.Running[0].Score / MathF.Pow(reach, (float)options.LengthPenalty);
    }

    // What a running beam has to beat: nothing where a place is still free.
    private static float[] WorstFinished(Prompt prompt)
    {
        var worst = prompt.Finished.Min(beam => beam.Score);
        return [.. prompt.Finished.Select(beam => beam.IsFinished ? worst : Never)];
    }

    private sealed record Beam(int[] Tokens, float Score, int Parent);

    private sealed record Candidate(Beam Beam, bool Ends);

    private sealed record FinishedBeam(int[] Tokens, float Score, bool IsFinished);

    private sealed class Prompt(int[] prompt, int beams)
    {
        // One beam counts at first, or all would grow the same texts.
        public Beam[] Running { get; set; } = [.. Enumerable.Range(0, beams).Select(i => new Beam(prompt, i == 0 ? 0 : Never, 0))];

        public FinishedBeam[] Finished { get; set; } = [.. Enumerable.Repeat(new FinishedBeam(prompt, Never, IsFinished: false), beams)];

        public bool CanImprove { get; set; } = true;

        public bool HasContinuation { get; set; } = true;

        public bool IsFull => Finished.All(beam => beam.IsFinished);
    }
}
