using System.Text.Json;

namespace SafeTune.Models;

/// <summary>What becomes of the keys of config.json: a family obeys those that its record has, refuses those that would change its mathematics, and ignores those that cannot.</summary>
/// <remarks>A key that none of the lists has is ignored with a note, unless its value says nothing (null, false, empty): nobody here knows what it means.</remarks>
internal static class ConfigKeys
{
    // Read by tokenizers, generation, training scripts or file handling; or only by heads and losses that are not built here.
    private static readonly HashSet<string> Harmless =
    [
        "model_type", "architectures", "transformers_version", "_name_or_path", "name_or_path", "_commit_hash", "dtype", "torch_dtype", "torchscript", "use_bfloat16", "tf_legacy_loss",
        "attn_implementation", "_attn_implementation", "_attn_implementation_internal", "_attn_implementation_autoset", "return_dict", "use_return_dict", "output_attentions",
        "output_hidden_states", "output_past", "use_cache", "cache_implementation", "gradient_checkpointing", "chunk_size_feed_forward", "finetuning_task", "task_specific_params", "tokenizer_class",
        "prefix", "_num_labels", "initializer_factor", "sentence_transformers", "tie_word_embeddings", "tie_encoder_decoder", "cross_attention_hidden_size", "problem_type",
        "pad_token_id", "bos_token_id", "eos_token_id", "sep_token_id", "cls_token_id", "mask_token_id", "unk_token_id", "decoder_start_token_id", "adapters",
        "max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty", "temperature", "top_k", "top_p", "typical_p", "repetition_penalty",
        "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "output_scores", "return_dict_in_generate", "forced_bos_token_id",
        "forced_eos_token_id", "remove_invalid_values", "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens",
    ];

    /// <summary>Refuses the keys that would change the mathematics.</summary>
    /// <param name="file">The file.</param>
    /// <param name="config">What was read from it.</param>
    /// <exception cref="UsageException">Names the key, its value and what is allowed.</exception>
    public static void Check(ConfigFile file, ModelConfig config)
    {
        foreach (var rule in Rules(file, config)) rule.Check(file);
    }

    /// <summary>The keys that nobody here knows, and whose values say something.</summary>
    public static IReadOnlyList<string> Unknown(ConfigFile file, ModelConfig config)
    {
        HashSet<string> known = [.. Harmless, .. config.Harmless, .. Rules(file, config).Select(rule => rule.Key), .. ConfigFile.Options.GetTypeInfo(config.GetType()).Properties.Select(property => property.Name)];
        return [.. file.Json.EnumerateObject().Where(field => !known.Contains(field.Name) && !ConfigRule.IsOff(field.Value)).Select(field => field.Name).Distinct()];
    }

    // A family's own rules come before those for all, and what it obeys or knows to be harmless is no rule's.
    private static IEnumerable<ConfigRule> Rules(ConfigFile file, ModelConfig config)
    {
        var obeyed = ConfigFile.Options.GetTypeInfo(config.GetType()).Properties.Select(property => property.Name).Concat(config.Harmless).ToHashSet();
        return config.Rules.Concat(Shared(file, config)).Where(rule => !obeyed.Contains(rule.Key)).DistinctBy(rule => rule.Key);
    }

    // What transformers' models of other families, or forks of these, compute by.
    private static IEnumerable<ConfigRule> Shared(ConfigFile file, ModelConfig config) =>
    [
        ConfigRule.Only("is_decoder", false), ConfigRule.Only("is_encoder_decoder", false), ConfigRule.Only("add_cross_attention", false),
        ConfigRule.Off("quantization_config"), ConfigRule.Off("quantization"), ConfigRule.Off("compression_config"), ConfigRule.Off("pruned_heads"),
        ConfigRule.Only("embedding_size", config.Width), ConfigRule.Only("hidden_size", config.Width), ConfigRule.Only("position_embedding_type", "absolute"),
        new("rope_scaling", "null or the type 'default'", IsPlainRope), new("rope_parameters", "null or the type 'default'", IsPlainRope),
        ConfigRule.Only("partial_rotary_factor", 1), ConfigRule.Only("rotary_pct", 1), ConfigRule.Only("use_sliding_window", false),
        new("sliding_window", "null, or a window that no text is longer than,", window => file.Json.Flag("use_sliding_window") == false || (window.ValueKind == JsonValueKind.Number && window.GetDouble() >= config.MaxTokens)),
        new("layer_types", "'full_attention' in all layers", types => types.ValueKind == JsonValueKind.Array && types.EnumerateArray().All(type => type.ToString() == "full_attention")),
        ConfigRule.Off("attn_logit_softcapping"), ConfigRule.Off("final_logit_softcapping"), ConfigRule.Off("query_pre_attn_scalar"), ConfigRule.Off("clip_qkv"),
        ConfigRule.Only("logit_scale", 1), ConfigRule.Only("logits_scaling", 1), ConfigRule.Only("embedding_multiplier", 1), ConfigRule.Only("residual_multiplier", 1), ConfigRule.Off("attention_multiplier"),
        ConfigRule.Only("alibi", false), ConfigRule.Only("use_alibi", false), ConfigRule.Only("parallel_attn", false), ConfigRule.Only("use_parallel_residual", false), ConfigRule.Only("multi_query", false),
        ConfigRule.Only("use_qk_norm", false), ConfigRule.Only("qk_layernorm", false), ConfigRule.Only("qk_norm", false), ConfigRule.Only("use_bidirectional_attention", false),
        ConfigRule.Only("num_experts", 0), ConfigRule.Only("num_local_experts", 0), ConfigRule.Only("n_routed_experts", 0),
    ];

    private static bool IsPlainRope(JsonElement rope) => rope.ValueKind == JsonValueKind.Object
        && (rope.Text("rope_type") ?? rope.Text("type") ?? "default") == "default" && !(rope.Get("partial_rotary_factor") is { ValueKind: JsonValueKind.Number } part && part.GetDouble() != 1)
        && !rope.EnumerateObject().Any(field => field.Value.ValueKind == JsonValueKind.Object);
}
