namespace SafeTune.Data;

/// <summary>What a model learns to predict.</summary>
public enum TaskKind
{
    /// <summary>One of several classes, of a text, a pair of texts or an image.</summary>
    Classification,

    /// <summary>One number.</summary>
    Regression,

    /// <summary>The span of a passage that answers a question.</summary>
    QuestionAnswering,

    /// <summary>The next token.</summary>
    LanguageModelling,

    /// <summary>The tokens that were masked.</summary>
    MaskedLanguageModelling,
}
