using System.Text.Json;

namespace SafeTune.Generation;

/// <summary>When beam search ends before the maximum length; the values of transformers' <c>early_stopping</c>.</summary>
public enum EarlyStopping
{
    /// <summary>When no running beam is likely to beat the worst finished one, judged at the present length (<c>False</c>).</summary>
    WhenUnlikely,

    /// <summary>When as many beams have finished as are searched (<c>True</c>).</summary>
    WhenFull,

    /// <summary>When no running beam can beat the worst finished one at any length (<c>"never"</c>).</summary>
    WhenImpossible,
}

/// <summary>How text is generated, with transformers' meanings; nothing is sampled.</summary>
/// <param name="MaxNewTokens">Tokens generated at most.</param>
/// <param name="Beams">Beams searched; 1 = the likeliest token each time (greedy).</param>
/// <param name="LengthPenalty">Beams are ranked by log-probability / length ^ this; above 0 favours longer ones.</param>
/// <param name="NoRepeatNgram">No n-gram of this size occurs twice, the prompt included; 0 = no such rule.</param>
/// <param name="EarlyStopping">When beam search ends.</param>
/// <param name="EndIds">Tokens that end a text; empty = only the maximum length does.</param>
/// <param name="PadId">Fills prompts up on the left; any token will do.</param>
public sealed record GenerationOptions(
    int MaxNewTokens = 50, int Beams = 1, double LengthPenalty = 1, int NoRepeatNgram = 0, EarlyStopping EarlyStopping = EarlyStopping.WhenUnlikely,
    IReadOnlyList<int>? EndIds = null, int PadId = 0)
{
    /// <summary>Refuses what cannot work.</summary>
    /// <exception cref="UsageException">Names the option, its value and what is allowed.</exception>
    public void Check()
    {
        Require(MaxNewTokens >= 1, "the number of new tokens", MaxNewTokens, "at least 1");
        Require(Beams is >= 1 and <= 1000, "the number of beams", Beams, "from 1 to 1000");
        Require(double.IsFinite(LengthPenalty), "the length penalty", LengthPenalty, "a number");
        Require(NoRepeatNgram >= 0, "the size of n-grams that may not repeat", NoRepeatNgram, "at least 1, or 0 for none");
    }

    /// <summary>The end and padding tokens that a model folder's generation_config.json names, else its config.json.</summary>
    /// <exception cref="UsageException">A file is broken.</exception>
    public GenerationOptions WithTokensOf(string folder)
    {
        foreach (var name in new[] { "generation_config.json", "config.json" })
        {
            var path = Path.Combine(folder, name);
            if (!File.Exists(path)) continue;
            var (ends, pads) = JsonFile.Read(path, json => (Ids(json, "eos_token_id"), Ids(json, "pad_token_id")));
            if (ends.Length > 0) return this with { EndIds = ends, PadId = pads is [var pad, ..] ? pad : ends[0] };
        }

        return this;
    }

    // One number or a list of them.
    private static int[] Ids(JsonElement json, string key)
    {
        if (json.Get(key) is not { } value) return [];
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        return [.. items.Where(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) && id >= 0).Select(item => item.GetInt32())];
    }

    private static void Require(bool holds, string what, object value, string allowed)
    {
        if (!holds) throw new UsageException(FormattableString.Invariant($"{what} is {value}, and must be {allowed}."));
    }
}
