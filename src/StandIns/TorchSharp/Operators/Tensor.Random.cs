using TorchSharp.Interop;
using static TorchSharp.Interop.Operator;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor bernoulli(Generator? generator = null) { using (Generator.Use(generator)) return Call("bernoulli", this); }
        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) { using (Generator.Use(generator)) return Self("bernoulli_.float", this, p); }
        public Tensor bernoulli_(Tensor p, Generator? generator = null) { using (Generator.Use(generator)) return Self("bernoulli_.Tensor", this, p); }
        public Tensor uniform_(double from, double to, Generator? generator = null) { using (Generator.Use(generator)) return Self("uniform_", this, from, to); }
        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) { using (Generator.Use(generator)) return Self("normal_", this, mean, std); }
        public Tensor log_normal_(double mean = 0, double std = 1, Generator? generator = null) { using (Generator.Use(generator)) return Self("log_normal_", this, mean, std); }
        public Tensor exponential_(double lambda = 1, Generator? generator = null) { using (Generator.Use(generator)) return Self("exponential_", this, lambda); }
        public Tensor random_(double from, double to, Generator? generator = null) { using (Generator.Use(generator)) return Self("random_.from", this, (long)from, (long)to); }
        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) { using (Generator.Use(generator)) return Call("multinomial", this, num_samples, replacement); }
        public Tensor poisson(Generator? generator = null) { using (Generator.Use(generator)) return Call("poisson", this); }
    }
}
