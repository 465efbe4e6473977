using SafeTune.Models;

namespace SafeTune.Tests.Models.Files;

public sealed class ConfigKeysTests
{
    [Theory]
    [InlineData("bert", "is_decoder", "true")]
    [InlineData("roberta", "is_decoder", "true")]
    [InlineData("vit", "is_decoder", "true")]
    [InlineData("bert", "is_encoder_decoder", "true")]
    [InlineData("gpt2", "add_cross_attention", "true")]
    [InlineData("llama", "add_cross_attention", "true")]
    [InlineData("swin", "is_encoder_decoder", "true")]
    [InlineData("bert", "position_embedding_type", "\"relative_key_query\"")]
    [InlineData("roberta", "position_embedding_type", "\"relative_key\"")]
    [InlineData("gpt2", "position_embedding_type", "\"alibi\"")]
    [InlineData("llama", "quantization_config", "{\"quant_method\": \"gptq\", \"bits\": 4}")]
    [InlineData("swin", "quantization_config", "{\"quant_method\": \"bitsandbytes\"}")]
    [InlineData("bert", "pruned_heads", "{\"0\": [1]}")]
    [InlineData("bert", "embedding_size", "16")]
    [InlineData("gpt2", "scale_attn_weights", "false")]
    [InlineData("gpt2", "scale_attn_by_inverse_layer_idx", "true")]
    [InlineData("gpt2", "num_attention_heads", "8")]
    [InlineData("gpt2", "hidden_act", "\"relu\"")]
    [InlineData("bert", "num_key_value_heads", "2")]
    [InlineData("bert", "attention_bias", "false")]
    [InlineData("llama", "sliding_window", "16")]
    [InlineData("llama", "use_sliding_window", "true")]
    [InlineData("llama", "partial_rotary_factor", "0.5")]
    [InlineData("llama", "rope_scaling", "{\"type\": \"linear\", \"factor\": 2.0}")]
    [InlineData("llama", "rope_parameters", "{\"rope_type\": \"yarn\", \"factor\": 2.0}")]
    [InlineData("llama", "rope_parameters", "{\"rope_type\": \"default\", \"partial_rotary_factor\": 0.25}")]
    [InlineData("llama", "layer_types", "[\"full_attention\", \"sliding_attention\", \"full_attention\"]")]
    [InlineData("llama", "final_logit_softcapping", "30.0")]
    [InlineData("llama", "residual_multiplier", "0.22")]
    [InlineData("bert", "rope_scaling", "{\"rope_type\": \"dynamic\", \"factor\": 2.0}")]
    [InlineData("vit", "qkv_bias", "\"yes\"")]
    [InlineData("vit", "hidden_size", "\"32\"")]
    [InlineData("swin", "use_absolute_embeddings", "true")]
    [InlineData("swin", "num_attention_heads", "[1, 1]")]
    [InlineData("bert", "problem_type", "\"ranking\"")]
    public void A_key_that_changes_the_mathematics_is_refused_by_name(string type, string key, string value)
    {
        using var family = new TinyFamily(type);
        using var folder = new ModelFolder(family.Folder);
        folder.Set(key, value);
        var message = Assert.Throws<UsageException>(() => AutoModel.Load(folder.Path, family.Head)).Message;
        Assert.Contains(key, message, StringComparison.Ordinal);
        Assert.Contains("config.json", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert", "is_decoder", "false")]
    [InlineData("gpt2", "is_decoder", "true")]
    [InlineData("gpt2", "n_ctx", "80")]
    [InlineData("gpt2", "hidden_size", "32")]
    [InlineData("gpt2", "summary_type", "\"cls_index\"")]
    [InlineData("gpt2", "reorder_and_upcast_attn", "true")]
    [InlineData("bert", "embedding_size", "32")]
    [InlineData("bert", "quantization_config", "null")]
    [InlineData("bert", "pruned_heads", "{}")]
    [InlineData("bert", "chunk_size_feed_forward", "4")]
    [InlineData("bert", "pooler_type", "\"first_token_transform\"")]
    [InlineData("bert", "dtype", "\"float16\"")]
    [InlineData("bert", "rope_scaling", "null")]
    [InlineData("llama", "sliding_window", "4096")]
    [InlineData("llama", "rope_scaling", "{\"rope_type\": \"default\"}")]
    [InlineData("llama", "pretraining_tp", "2")]
    [InlineData("llama", "a_switch_of_a_fork", "false")]
    [InlineData("vit", "encoder_stride", "4")]
    [InlineData("swin", "path_norm", "true")]
    public void A_key_that_changes_nothing_says_nothing(string type, string key, string value)
    {
        using var family = new TinyFamily(type);
        using var folder = new ModelFolder(family.Folder);
        folder.Set(key, value);
        List<string> told = [];
        AutoModel.Load(folder.Path, family.Head, new LoadOptions(Warn: told.Add)).Dispose();
        Assert.Empty(told);
    }

    [Theory]
    [InlineData("bert", "hidden_size", "32.0")]
    [InlineData("gpt2", "n_layer", "\"3\"")]
    [InlineData("swin", "depths", "2")]
    public void A_value_of_the_wrong_kind_is_named_and_shown(string type, string key, string value)
    {
        using var family = new TinyFamily(type);
        using var folder = new ModelFolder(family.Folder);
        folder.Set(key, value);
        Assert.Contains($"the value of '{key}' has the wrong kind: {value}.", Assert.Throws<UsageException>(() => AutoModel.Load(folder.Path, family.Head)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_that_nobody_knows_are_told_in_one_sentence()
    {
        using var family = new TinyFamily("bert");
        using var folder = new ModelFolder(family.Folder);
        folder.Set("auto_map", "{\"AutoModel\": \"modeling.Model\"}");
        folder.Set("new_setting", "0.5");
        List<string> told = [];
        AutoModel.Load(folder.Path, family.Head, new LoadOptions(Warn: told.Add)).Dispose();
        Assert.EndsWith("the keys 'auto_map', 'new_setting' are not known and were ignored.", Assert.Single(told), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert/classification")]
    [InlineData("bert/qa")]
    [InlineData("roberta/classification")]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("vit")]
    [InlineData("swin")]
    [InlineData("activations")]
    public void What_transformers_writes_loads_without_a_word(string golden)
    {
        List<string> told = [];
        AutoModel.Load(Golden.Path(golden), new LoadOptions(Warn: told.Add)).Dispose();
        Assert.Empty(told);
    }

    [Fact]
    public void The_base_of_the_rotary_frequencies_is_read_from_either_place()
    {
        using var family = new TinyFamily("llama");
        using var folder = new ModelFolder(family.Folder);
        folder.Set("rope_theta", "20000.0");
        Assert.Equal(20000, ((LlamaConfig)AutoModel.Configuration(folder.Path)).Theta);
        folder.Set("rope_scaling", "{\"rope_type\": \"default\", \"rope_theta\": 30000.0}");
        Assert.Equal(30000, ((LlamaConfig)AutoModel.Configuration(folder.Path)).Theta);
    }
}
