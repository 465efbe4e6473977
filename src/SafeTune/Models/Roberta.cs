using SafeTune.Batching;
using SafeTune.Data;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>RoBERTa's config.json.</summary>
public sealed record RobertaConfig : BertConfig
{
    /// <summary>The padding token; positions are counted from the one after it.</summary>
    public long PadTokenId { get; init; } = 1;

    /// <inheritdoc/>
    public override string ModelType => "roberta";

    /// <inheritdoc/>
    public override string Prefix => "roberta";

    /// <inheritdoc/>
    public override IReadOnlyList<(TaskKind Task, string Class)> Architectures =>
    [
        (TaskKind.Classification, "RobertaForSequenceClassification"), (TaskKind.Regression, "RobertaForSequenceClassification"),
        (TaskKind.QuestionAnswering, "RobertaForQuestionAnswering"), (TaskKind.MaskedLanguageModelling, "RobertaForMaskedLM"),
    ];

    /// <inheritdoc/>
    public override long? MaxTokens => MaxPositions - PadTokenId - 1;

    internal override string? Pooler => null;

    private protected override Transformer Create(HeadOptions head) => new Roberta(this, head);

    private protected override void Check(Action<bool, string> require)
    {
        base.Check(require);
        require(PadTokenId >= 0 && PadTokenId < VocabSize && MaxTokens > 0, $"pad_token_id {PadTokenId} must be a token, and leave positions of the {MaxPositions} of max_position_embeddings.");
    }
}

/// <summary>RoBERTa (Liu et al. 2019): BERT's architecture trained better, without segments and pooler, positions counted from the padding token's number on.</summary>
public sealed class Roberta : Transformer
{
    private readonly BertEmbeddings embeddings;
    private readonly BertBlock[] blocks;
    private readonly EncoderHead head;

    /// <summary>Builds the parts; no weight is allocated yet.</summary>
    public Roberta(RobertaConfig config, HeadOptions head)
    {
        (Config, HeadOptions) = (config, head);
        embeddings = Register("roberta.embeddings", new BertEmbeddings(config));
        blocks = [.. Enumerable.Range(0, config.Layers).Select(i => Register($"roberta.encoder.layer.{i}", new BertBlock(config)))];
        this.head = Register<EncoderHead>("", head.Task switch
        {
            TaskKind.QuestionAnswering => new SpanHead(config.HiddenSize),
            TaskKind.MaskedLanguageModelling => new MaskedHead(config, head.IsFresh, embeddings.Words, "lm_head.dense", "lm_head.layer_norm", "lm_head", "gelu"),
            _ => new ClassifierHead(config, head),
        });
    }

    /// <inheritdoc/>
    public override RobertaConfig Config { get; }

    /// <inheritdoc/>
    public override HeadOptions HeadOptions { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Block> Blocks => blocks;

    /// <inheritdoc/>
    public override IEnumerable<(string Path, Weight Weight)> HeadWeights => head.Trained;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Tied => head.Tied;

    /// <inheritdoc/>
    public override bool EmbeddingsTrain => embeddings.Trains;

    /// <inheritdoc/>
    public override BlockContext Context(Batch batch) => new(Masks.Padding((TextBatch)batch, Dtype));

    /// <inheritdoc/>
    public override Tensor Embed(Batch batch)
    {
        var text = (TextBatch)batch;
        using var scope = NewDisposeScope();
        var tokens = text.InputIds.ne(Kept(Config.PadTokenId)).to(ScalarType.Int64);
        // fairseq's numbering: tokens count from pad + 1, padding stays at pad.
        var positions = tokens.cumsum(1).mul_(tokens).Accumulate(Config.PadTokenId);          // [batch, seq]
        return embeddings.Forward(text.InputIds, zeros_like(text.InputIds), positions).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override ModelOutput Head(Tensor hidden, Batch batch) => head.Forward(hidden, batch);

    /// <inheritdoc/>
    public override FakeContext TraceContext(Tape tape, InputShape input) => FakeContext.OfPadding(tape, input);

    /// <inheritdoc/>
    public override FakeTensor TraceEmbedding(Tape tape, InputShape input)
    {
        using var segments = tape.Tensor(sizeof(long), input.Size, input.Length);
        using var positions = tape.Tensor(sizeof(long), input.Size, input.Length);
        return embeddings.Trace(tape.OfBatch(input.Size, input.Length), segments, positions);
    }

    /// <inheritdoc/>
    public override FakeOutput TraceHead(FakeTensor hidden, InputShape input) => head.Trace(hidden, input);

    /// <summary>A new dense layer and a classifier on &lt;s&gt;: RobertaClassificationHead.</summary>
    private sealed class ClassifierHead : EncoderHead
    {
        private readonly Projection dense, output;
        private readonly Dropout dropout;
        private readonly HeadOptions options;

        public ClassifierHead(RobertaConfig config, HeadOptions head)
        {
            options = head;
            dense = Register("classifier.dense", new Projection(config.HiddenSize, config.HiddenSize));
            dropout = Register("classifier.dropout", new Dropout(config.ClassifierDropout ?? config.HiddenDropout));
            output = Register("classifier.out_proj", new Projection(config.HiddenSize, head.Labels));
        }

        public override IEnumerable<(string Path, Weight Weight)> Trained => NamedWeights();

        public override ModelOutput Forward(Tensor hidden, Batch batch)
        {
            using var scope = NewDisposeScope();
            var first = dropout.Forward(hidden.select(1, 0));                           // [batch, hidden], from <s>
            var logits = output.Forward(dropout.Forward(dense.Forward(first).tanh()));  // [batch, labels]
            var loss = Losses.OfLabels(logits, batch.Labels, options);
            return new ModelOutput(logits.MoveToOuterDisposeScope(), loss?.MoveToOuterDisposeScope());
        }

        public override FakeOutput Trace(FakeTensor hidden, InputShape input)
        {
            using var scope = hidden.Tape.Scope();
            var first = dropout.Trace(hidden.Part(input.Size, hidden.Features));
            var logits = output.Trace(dropout.Trace(dense.Trace(first).KeepingOutput()));
            return new FakeOutput(hidden.Tape.Keep(logits), hidden.Tape.Keep(logits.CrossEntropy()));
        }
    }
}
