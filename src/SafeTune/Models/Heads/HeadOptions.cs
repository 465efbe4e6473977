using SafeTune.Data;

namespace SafeTune.Models;

/// <summary>What the model predicts.</summary>
/// <param name="Task">Decides the kind of head and its loss.</param>
/// <param name="Labels">Classes of a classification; 1 for a regression, 2 (start and end) for question answering, of no meaning where tokens are predicted.</param>
/// <param name="IsFresh">True: the head is new and initialised at random, whatever the file holds, and trained with any method. False: it is read from the file.</param>
public sealed record HeadOptions(TaskKind Task, int Labels, bool IsFresh)
{
    /// <summary>Whether the layer between the encoder and a head for labels belongs to the head, because the pre-trained file has none: it is fresh then, trained and saved with the head.</summary>
    public bool TrainsPooler { get; init; }

    /// <summary>Classes by index, for files that name them; null = they have numbers only.</summary>
    public IReadOnlyList<string>? LabelNames { get; init; }

    /// <summary>A head to train a task with: new for labels and spans, the pre-trained one where tokens are predicted.</summary>
    public static HeadOptions ToTrain(TaskKind task, int labels) => new(task, labels, IsFresh: task is not (TaskKind.LanguageModelling or TaskKind.MaskedLanguageModelling));

    /// <summary>A head for that many classes.</summary>
    public static HeadOptions Classes(int labels, bool isFresh = true) => new(TaskKind.Classification, labels, isFresh);

    /// <summary>A head for one number.</summary>
    public static HeadOptions Number(bool isFresh = true) => new(TaskKind.Regression, 1, isFresh);

    /// <summary>A head for the start and the end of an answer.</summary>
    public static HeadOptions Span(bool isFresh = true) => new(TaskKind.QuestionAnswering, 2, isFresh);

    /// <summary>The pre-trained head of a language model.</summary>
    public static HeadOptions NextToken() => new(TaskKind.LanguageModelling, 0, IsFresh: false);

    /// <summary>The pre-trained head of an encoder, which fills in masked tokens.</summary>
    public static HeadOptions MaskedTokens() => new(TaskKind.MaskedLanguageModelling, 0, IsFresh: false);
}
